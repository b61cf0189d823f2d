import type { MediaContainer } from './media.js'

/** Representations of a rich output by MIME type. */
export type RichOutputData = { [mimeType: string]: MediaContainer }

/** Content of an error output. */
export type ErrorOutputData = { ename: string; evalue: string; traceback: string[] }

/** Content of a representation of type `AI_TOOL_CALL_MIME_TYPE`. */
export type AiToolCallData = {
  tool_call_id: string
  tool_name: string
  arguments: Record<string, unknown>
}

/** Content of a representation of type `AI_TOOL_RESULT_MIME_TYPE`. */
export type AiToolResultData = {
  tool_call_id: string
  status: 'success' | 'error'
  result?: string
  tool_name?: string
  arguments?: Record<string, unknown>
  timestamp?: string
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** True for an object with a string `ename` and a string `evalue`; the traceback is not looked at. */
export const isErrorOutput = (value: unknown): value is ErrorOutputData =>
  isObject(value) && typeof value['ename'] === 'string' && typeof value['evalue'] === 'string'

/** True for any object that is not an error output; arrays and empty objects pass. */
export const isRichOutput = (value: unknown): value is RichOutputData =>
  isObject(value) && !isErrorOutput(value)

/** True for an object with a tool call id, a tool name and arguments (null arguments pass). */
export const isAiToolCallData = (value: unknown): value is AiToolCallData =>
  isObject(value) &&
  typeof value['tool_call_id'] === 'string' &&
  typeof value['tool_name'] === 'string' &&
  typeof value['arguments'] === 'object'

/** True for an object with a tool call id and one of the two result states. */
export const isAiToolResultData = (value: unknown): value is AiToolResultData =>
  isObject(value) &&
  typeof value['tool_call_id'] === 'string' &&
  (value['status'] === 'success' || value['status'] === 'error')
