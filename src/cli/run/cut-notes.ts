/** Notes that stand in an output where something is missing, whoever has cut it. */
const cutNote = /\[(output truncated: [^\]\n]+|\d+ outputs? left out[^\]\n]*)\]/g

/** What a text says of outputs that were cut or left out: the notes, without their brackets. */
export function cutNotes(text: string): string[] {
  return [...text.matchAll(cutNote)].map(([, note]) => note ?? '')
}
