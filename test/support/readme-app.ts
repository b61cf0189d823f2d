import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')

/** The React app that the README shows, to the letter. */
export const readmeApp = (): string => readmePart(/```tsx\n(.*?)```/s, 'React app')

/** The packages that the README tells to install for it. */
export const readmePackages = (): string[] =>
  readmePart(/^npm install (runtime-agent-registry .*)$/m, 'npm install line').split(' ')

/** The overrides that npm needs before. */
export const readmeOverrides = (): string[] =>
  readmePart(/^npm pkg set (.*)$/m, 'npm pkg set line')
    .replaceAll("'", '')
    .split(' ')

/** What the pattern finds in the README; throws when it finds nothing. */
export function readmePart(pattern: RegExp, what: string): string {
  const part = pattern.exec(readme)?.[1]
  if (part === undefined) throw new Error(`README.md has no ${what}; ${String(pattern)} was expected in it.`)
  return part
}
