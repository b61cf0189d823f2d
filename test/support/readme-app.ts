import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const reactReadme = 'src/react/README.md'

/** The React app that its README shows, to the letter. */
export const readmeApp = (): string => readmePart(reactReadme, /```tsx\n(.*?)```/s, 'React app')

/** The packages that the README tells to install for it. */
export const readmePackages = (): string[] =>
  readmePart(reactReadme, /^npm install (runtime-agent-registry .*)$/m, 'npm install line').split(' ')

/** The overrides that npm needs before. */
export const readmeOverrides = (): string[] =>
  readmePart(reactReadme, /^npm pkg set (.*)$/m, 'npm pkg set line')
    .replaceAll("'", '')
    .split(' ')

/** What the pattern finds in a README; throws when it finds nothing. */
export function readmePart(path: string, pattern: RegExp, what: string): string {
  const part = pattern.exec(readFileSync(join(root, path), 'utf8'))?.[1]
  if (part === undefined) throw new Error(`${path} has no ${what}; ${String(pattern)} was expected in it.`)
  return part
}
