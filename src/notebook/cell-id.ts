const VALID_CELL_ID = /^[a-zA-Z0-9_-]{1,64}$/

/** True for an id that nbformat 4.5 allows: 1 to 64 letters, digits, `-` and `_`. */
export function isValidCellId(id: string): boolean {
  return VALID_CELL_ID.test(id)
}

/**
 * An id of eight hexadecimal digits for something that has none, the same one every time, and none of `taken`.
 * It is added to `taken`.
 *
 * @param seed what the id stands for, for example the place of the cell in its file
 */
export function createCellId(seed: string, taken: Set<string>): string {
  let attempt = 0
  let id = hash(seed)
  while (taken.has(id)) id = hash(`${seed} ${++attempt}`)
  taken.add(id)
  return id
}

/** FNV-1a, 32 bit, with a final avalanche so that seeds that differ in one digit give unlike ids. */
function hash(seed: string): string {
  let state = 0x811c9dc5
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return ((state ^ (state >>> 16)) >>> 0).toString(16).padStart(8, '0')
}
