import type { NotebookOutput } from '../../notebook/index.js'

/** Notes that stand in an output where something is missing, whoever has cut it. */
const cutNote = /\[(output truncated: [^\][\n]+ shown|[^\][\n]+ left out: more than [^\][\n]+)\]/g

/** The longest representation that can be a note in the place of what was left out, in characters. */
const longestNote = 300

/** What a text says of outputs that were cut or left out: the notes, without their brackets. */
export function cutNotes(text: string): string[] {
  return [...text.matchAll(cutNote)].map(([, note]) => note ?? '')
}

/** The same for an output of a notebook. Only a note that stands alone in its line, or for a whole representation, counts. */
export function cutNotesOf(output: NotebookOutput): string[] {
  if (output.output_type === 'error') return []
  const texts = output.output_type === 'stream' ? noteLines(output.text) : Object.values(output.data)
  return texts.flatMap((text) =>
    typeof text === 'string' && text.length <= longestNote && text.startsWith('[') ? cutNotes(text) : [],
  )
}

/** The lines that can be notes; most text has none, and is not split. */
function noteLines(text: string): string[] {
  return /\[output truncated: | left out: more than /.test(text) ? text.split('\n') : []
}
