import type { NotebookOutput } from '../../notebook/index.js'

/** Notes that stand in an output where something is missing, whoever has cut it. */
const cutNote = /\[(output truncated: [^\][\n]+ shown|[^\][\n]+ left out: more than [^\][\n]+)\]/g

/** What a text says of outputs that were cut or left out: the notes, without their brackets. */
export function cutNotes(text: string): string[] {
  return [...text.matchAll(cutNote)].map(([, note]) => note ?? '')
}

/** The same for an output of a notebook. Only a note that stands alone in its line counts. */
export function cutNotesOf(output: NotebookOutput): string[] {
  return textsOf(output)
    .flatMap(linesWithNotes)
    .filter((line) => line.startsWith('['))
    .flatMap(cutNotes)
}

function textsOf(output: NotebookOutput): unknown[] {
  if (output.output_type === 'stream') return [output.text]
  return output.output_type === 'error' ? output.traceback.slice() : Object.values(output.data)
}

/** The lines of a text that has a note; most have none, and are not split. */
function linesWithNotes(text: unknown): string[] {
  return typeof text === 'string' && /\[output truncated: | left out: more than /.test(text)
    ? text.split('\n')
    : []
}
