/** A piece of a generated file; `hole` marks the value of a code cell's `outputs` or `execution_count`. */
export interface Segment {
  readonly text: string
  readonly hole?: { readonly cell: number; readonly kind: 'outputs' | 'execution_count' }
}

/** A generated notebook file, valid nbformat 4, laid out like no tool in particular. */
export interface RandomNotebook {
  readonly text: string
  readonly segments: readonly Segment[]
  readonly hasIds: boolean
}

/** A source of random choices that gives the same ones for the same seed. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** A number from 0 up to, not including, 1. */
  roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.roll() * limit)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.roll() < probability
  }

  /** One of the items. */
  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0]
  }

  /** A list of up to `limit - 1` made items. */
  some<Item>(limit: number, make: (index: number) => Item): Item[] {
    return Array.from({ length: this.below(limit) }, (_, index) => make(index))
  }

  /** The items in another order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => [this.roll(), item] as const)
      .toSorted(([left], [right]) => left - right)
      .map(([, item]) => item)
  }
}

type Written = string | Written[] | { readonly pairs: readonly (readonly [string, Written])[] } | Hole
interface Hole {
  readonly hole: NonNullable<Segment['hole']>
  readonly value: Written
}

interface Layout {
  readonly indent: string | null
  readonly newline: string
  readonly item: string
  readonly key: string
}

const NUMBERS = ['0', '-0', '1.0', '1e5', '1E+05', '0.1', '12345678901234567890', '-2.50', '7'] as const
const TEXTS = [
  '',
  'a',
  'print(1)\n',
  'x = "é"\ny',
  '😀\u2028\t',
  'a/b\\c"d"',
  '\r\n\r',
  '\u007f\u0001',
  '\n\n',
] as const

/** Generates a notebook file. */
export function randomNotebook(dice: Dice): RandomNotebook {
  const hasIds = dice.chance(0.75)
  const cells = dice.some(9, (index) => randomCell(dice, index, hasIds))
  const root = object(dice, [
    ['cells', cells],
    ['metadata', randomMetadata(dice, 3)],
    ['nbformat', '4'],
    ['nbformat_minor', hasIds ? '5' : dice.pick(['0', '2', '4'])],
  ])
  const segments = [...write(root, randomLayout(dice), ''), { text: dice.pick(['', '\n', '\r\n', ' \n\n']) }]
  return { text: segments.map((segment) => segment.text).join(''), segments, hasIds }
}

function randomLayout(dice: Dice): Layout {
  return {
    indent: dice.pick([null, ' ', '  ', '    ', '\t']),
    newline: dice.pick(['\n', '\n', '\r\n']),
    item: dice.pick([',', ', ']),
    key: dice.pick([': ', ':', ' : ']),
  }
}

function randomCell(dice: Dice, cell: number, hasIds: boolean): Written {
  const type = dice.pick(['code', 'code', 'code', 'markdown', 'raw'])
  const pairs: [string, Written][] = [
    ['cell_type', `"${type}"`],
    ['metadata', randomMetadata(dice, 2)],
    ['source', randomLines(dice)],
  ]
  if (hasIds) pairs.push(['id', `"cell-${cell}"`])
  if (type === 'code') {
    const count = dice.pick(['null', '3', '14'])
    pairs.push(['execution_count', { hole: { cell, kind: 'execution_count' }, value: count }])
    pairs.push([
      'outputs',
      { hole: { cell, kind: 'outputs' }, value: dice.some(4, () => randomOutput(dice)) },
    ])
  }
  return object(dice, pairs)
}

function randomOutput(dice: Dice): Written {
  const bundle: [string, Written][] = [
    ['metadata', randomMetadata(dice, 1)],
    [
      'data',
      object(dice, [
        ['text/plain', randomLines(dice)],
        ['application/json', randomMetadata(dice, 2)],
      ]),
    ],
  ]
  const kinds: [string, Written][][] = [
    [
      ['output_type', '"stream"'],
      ['name', dice.pick(['"stdout"', '"stderr"'])],
      ['text', randomLines(dice)],
    ],
    [['output_type', '"display_data"'], ...bundle],
    [['output_type', '"execute_result"'], ['execution_count', dice.pick(['null', '3'])], ...bundle],
    [
      ['output_type', '"error"'],
      ['ename', randomString(dice)],
      ['evalue', randomString(dice)],
      ['traceback', [randomString(dice)]],
    ],
  ]
  return object(dice, kinds[dice.below(kinds.length)] ?? [])
}

function randomMetadata(dice: Dice, depth: number): Written {
  const pairs = dice.some(4, (index): [string, Written] => [
    dice.pick(['b', 'Z', `k${index}`, 'é']),
    randomValue(dice, depth),
  ])
  const [first] = pairs
  if (first && dice.chance(0.2)) pairs.push([first[0], randomValue(dice, 0)])
  return { pairs }
}

function randomValue(dice: Dice, depth: number): Written {
  if (depth > 0 && dice.chance(0.4)) return randomMetadata(dice, depth - 1)
  if (depth > 0 && dice.chance(0.3)) return dice.some(4, () => randomValue(dice, depth - 1))
  return dice.chance(0.5)
    ? dice.pick(NUMBERS)
    : dice.chance(0.7)
      ? randomString(dice)
      : dice.pick(['true', 'false', 'null'])
}

function randomLines(dice: Dice): Written {
  return dice.chance(0.4) ? randomString(dice) : dice.some(4, () => randomString(dice))
}

function randomString(dice: Dice): string {
  const text = JSON.stringify(dice.some(4, () => dice.pick(TEXTS)).join(''))
  const escaped = dice.chance(0.3) ? text.replace(/[^\x20-\x7e]/g, escapeUnit) : text
  return dice.chance(0.2) ? escaped.replaceAll('/', '\\/') : escaped
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`
}

function object(dice: Dice, pairs: readonly (readonly [string, Written])[]): Written {
  return {
    pairs: dice.chance(0.5)
      ? dice.shuffle(pairs)
      : pairs.toSorted(([left], [right]) => (left < right ? -1 : 1)),
  }
}

function write(value: Written, layout: Layout, base: string): Segment[] {
  if (typeof value === 'string') return [{ text: value }]
  if ('hole' in value) {
    const text = write(value.value, layout, base)
      .map((segment) => segment.text)
      .join('')
    return [{ text, hole: value.hole }]
  }
  const inner = base + (layout.indent ?? '')
  if (Array.isArray(value)) {
    return writeBlock(
      '[',
      value.map((item) => write(item, layout, inner)),
      ']',
      layout,
      base,
    )
  }
  const entries = value.pairs.map(([key, item]) => [
    { text: JSON.stringify(key) + layout.key },
    ...write(item, layout, inner),
  ])
  return writeBlock('{', entries, '}', layout, base)
}

function writeBlock(
  open: string,
  items: Segment[][],
  close: string,
  layout: Layout,
  base: string,
): Segment[] {
  if (items.length === 0) return [{ text: open + close }]
  const lineBreak = layout.indent === null ? '' : layout.newline + base + layout.indent
  const between = layout.indent === null ? layout.item : `,${lineBreak}`
  const inside = items.flatMap((item, index) => (index === 0 ? item : [{ text: between }, ...item]))
  const end = layout.indent === null ? '' : layout.newline + base
  return [{ text: open + lineBreak }, ...inside, { text: end + close }]
}
