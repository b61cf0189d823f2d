/** One figure of a check, and whether it is what was asked for. */
export interface Finding {
  readonly name: string
  readonly figure: unknown
  /** What the figure has to be, as text. */
  readonly target: string
  readonly holds: boolean
  /** Why nothing was measured; the finding then counts neither way. */
  readonly skipped?: string
}

/** How much a check does. */
export interface CheckOptions {
  /** Kills of a process. */
  readonly rounds: number
  /** Where the random moments come from. */
  readonly seed: number
  /** True: the shortest run that still shows each kind of fault. */
  readonly quick: boolean
}

/** One kind of fault, done to real parts. */
export type Check = (options: CheckOptions) => Promise<readonly Finding[]>

export const exactly = (name: string, figure: number, target: number): Finding => ({
  name,
  figure,
  target: `= ${target}`,
  holds: figure === target,
})

export const atMost = (name: string, figure: number, limit: number, unit = ''): Finding => ({
  name,
  figure: Number(figure.toFixed(2)),
  target: `<= ${limit}${unit && ` ${unit}`}`,
  holds: figure <= limit,
})

export const atLeast = (name: string, figure: number, limit: number): Finding => ({
  name,
  figure,
  target: `>= ${limit}`,
  holds: figure >= limit,
})

export const isTrue = (name: string, holds: boolean, target: string, figure: unknown = holds): Finding => ({
  name,
  figure,
  target,
  holds,
})

export const skipped = (name: string, reason: string): Finding => ({
  name,
  figure: null,
  target: '',
  holds: true,
  skipped: reason,
})

/** One line for a person. */
export function printFinding({ name, figure, target, holds, skipped }: Finding): void {
  if (skipped !== undefined) return console.log(`skip ${name}: ${skipped}`)
  const text = typeof figure === 'string' ? figure : JSON.stringify(figure)
  console.log(`${holds ? 'ok  ' : 'MISS'} ${name.padEnd(36)} ${text.padEnd(24)} target ${target}`)
}

/** The figures by name, for a program. */
export function toFigures(findings: readonly Finding[]): Record<string, unknown> {
  return Object.fromEntries(
    findings.map(({ name, figure, skipped }) => [name, skipped ? `skipped: ${skipped}` : figure]),
  )
}
