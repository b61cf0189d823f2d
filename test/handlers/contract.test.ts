import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { DefinedExecutionHandler } from '../../src/execution/handler.js'
import type { HandlerExamples } from '../../src/execution/handler-examples.js'
import { describeHandlerContract } from './contract.js'

const folders = readdirSync(new URL('../../src/handlers/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

it('finds the handler folders', () => {
  expect(folders).toEqual(expect.arrayContaining(['html', 'python']))
})

for (const name of folders) {
  const handler = (await import(`../../src/handlers/${name}/handler.ts`)) as {
    default: DefinedExecutionHandler
  }
  const examples = (await import(`../../src/handlers/${name}/examples.ts`)) as { default: HandlerExamples }
  describeHandlerContract(name, handler.default, examples.default)
}
