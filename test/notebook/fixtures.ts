import { readFileSync } from 'node:fs'

/** Notebooks laid out as different tools write them. */
export const FIXTURE_NAMES = [
  'jupyter-4.0.ipynb',
  'vscode-4.2.ipynb',
  'colab-4.0.ipynb',
  'papermill-4.4.ipynb',
  'jupyterlab-4.5.ipynb',
  'one-line-4.5.ipynb',
] as const

/** The text of a file in the fixtures folder. */
export function readFixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
}
