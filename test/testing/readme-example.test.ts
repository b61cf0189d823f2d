import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readmePart } from '../support/readme-app.js'

/** The tests that the README shows are tests of this file, to the letter, on the built package. */
const folder = join(import.meta.dirname, '../../dist/readme')
const file = join(folder, 'testing-example.ts')
mkdirSync(folder, { recursive: true })
writeFileSync(
  file,
  readmePart(
    'src/testing/README.md',
    /```ts\n(import \{ defineExecutionHandler \}.*?testing\/vitest.*?)```/s,
    'example of tests',
  ),
)
await import(/* @vite-ignore */ file)
