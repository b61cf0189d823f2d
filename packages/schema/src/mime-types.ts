/** MIME type of an AI tool call. */
export const AI_TOOL_CALL_MIME_TYPE = 'application/vnd.anode.aitool+json'

/** MIME type of the result of an AI tool call. */
export const AI_TOOL_RESULT_MIME_TYPE = 'application/vnd.anode.aitool.result+json'

/** Types that can be shown without sandboxing. */
export const SAFE_MIME_TYPES = ['text/plain', 'image/png', 'image/jpeg', 'image/gif'] as const

export const TEXT_MIME_TYPES = ['text/plain', 'text/html', 'text/markdown', 'text/latex'] as const

export const APPLICATION_MIME_TYPES = ['application/json', 'application/javascript'] as const

export const IMAGE_MIME_TYPES = ['image/png', 'image/jpeg', 'image/svg+xml', 'image/gif'] as const

export const JUPYTER_MIME_TYPES = [
  'application/vnd.jupyter.widget-state+json',
  'application/vnd.jupyter.widget-view+json',
  'application/vnd.plotly.v1+json',
  'application/vnd.dataresource+json',
  'application/vnd.vegalite.v2+json',
  'application/vnd.vegalite.v3+json',
  'application/vnd.vegalite.v4+json',
  'application/vnd.vegalite.v5+json',
  'application/vnd.vegalite.v6+json',
  'application/vnd.vega.v3+json',
  'application/vnd.vega.v4+json',
  'application/vnd.vega.v5+json',
  'application/geo+json',
  'application/vdom.v1+json',
] as const

export const AI_TOOL_MIME_TYPES = [AI_TOOL_CALL_MIME_TYPE, AI_TOOL_RESULT_MIME_TYPE] as const

/** Every type of the five lists above: text, application, image, Jupyter, AI tools. */
export const KNOWN_MIME_TYPES = [
  ...TEXT_MIME_TYPES,
  ...APPLICATION_MIME_TYPES,
  ...IMAGE_MIME_TYPES,
  ...JUPYTER_MIME_TYPES,
  ...AI_TOOL_MIME_TYPES,
] as const

export type TextMimeType = (typeof TEXT_MIME_TYPES)[number]
export type ApplicationMimeType = (typeof APPLICATION_MIME_TYPES)[number]
export type ImageMimeType = (typeof IMAGE_MIME_TYPES)[number]
export type JupyterMimeType = (typeof JUPYTER_MIME_TYPES)[number]
export type AiToolMimeType = (typeof AI_TOOL_MIME_TYPES)[number]
export type KnownMimeType = (typeof KNOWN_MIME_TYPES)[number]

const isMemberOf = (list: readonly string[], mimeType: string): boolean => list.includes(mimeType)

/** True for an exact member of `TEXT_MIME_TYPES`; a parameter such as `;charset=utf-8` makes it false. */
export const isTextMimeType = (mimeType: string): mimeType is TextMimeType =>
  isMemberOf(TEXT_MIME_TYPES, mimeType)

/** True for an exact member of `APPLICATION_MIME_TYPES`. */
export const isApplicationMimeType = (mimeType: string): mimeType is ApplicationMimeType =>
  isMemberOf(APPLICATION_MIME_TYPES, mimeType)

/** True for an exact member of `IMAGE_MIME_TYPES`. */
export const isImageMimeType = (mimeType: string): mimeType is ImageMimeType =>
  isMemberOf(IMAGE_MIME_TYPES, mimeType)

/** True for an exact member of `JUPYTER_MIME_TYPES`. */
export const isJupyterMimeType = (mimeType: string): mimeType is JupyterMimeType =>
  isMemberOf(JUPYTER_MIME_TYPES, mimeType)

/** True for an exact member of `AI_TOOL_MIME_TYPES`. */
export const isAiToolMimeType = (mimeType: string): mimeType is AiToolMimeType =>
  isMemberOf(AI_TOOL_MIME_TYPES, mimeType)

/** True for an exact member of `KNOWN_MIME_TYPES`. */
export const isKnownMimeType = (mimeType: string): mimeType is KnownMimeType =>
  isMemberOf(KNOWN_MIME_TYPES, mimeType)

/** True when the content is JSON: `application/json` or any type that ends with `+json`. */
export const isJsonMimeType = (mimeType: string): boolean =>
  mimeType === 'application/json' || mimeType.endsWith('+json')

/** True when the content is text: any `text/` type, JavaScript and SVG. */
export const isTextBasedMimeType = (mimeType: string): boolean =>
  mimeType.startsWith('text/') || mimeType === 'application/javascript' || mimeType === 'image/svg+xml'
