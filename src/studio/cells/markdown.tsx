import { useEffect, useState } from 'react'

type Render = (text: string) => string

let render: Render | undefined

async function loadRender(): Promise<Render> {
  const [{ marked }, { default: purify }] = await Promise.all([import('marked'), import('dompurify')])
  const options = {
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|(?![a-z][a-z0-9+.-]*:))/i,
    FORBID_TAGS: ['style', 'form', 'input', 'button'],
    FORBID_ATTR: ['style'],
  }
  purify.addHook('afterSanitizeAttributes', openElsewhere)
  render = (text) => purify.sanitize(marked.parse(text, { async: false }), options)
  return render
}

/** A link of a text must not take the studio away, also not one of a picture or a map. */
function openElsewhere(node: Element): void {
  if (!['a', 'area'].includes(node.localName)) return
  if (hrefOf(node)?.startsWith('#')) for (const name of hrefNames) node.removeAttribute(name)
  node.setAttribute('target', '_blank')
  node.setAttribute('rel', 'noopener noreferrer')
}

const hrefNames = ['href', 'xlink:href']

const hrefOf = (node: Element): string | null | undefined =>
  hrefNames.map((name) => node.getAttribute(name)).find((value) => value !== null)

/** Markdown as a page shows it; links open elsewhere, and scripts and styles of the text are dropped. */
export function Markdown({ text }: { text: string }) {
  const [html, setHtml] = useState(() => render?.(text))
  useEffect(() => {
    let isShown = true
    const show = (ready: Render) => {
      if (isShown) setHtml(ready(text))
    }
    if (render) show(render)
    else void loadRender().then(show)
    return () => {
      isShown = false
    }
  }, [text])
  if (html === undefined) return <pre className="source-preview">{text}</pre>
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}
