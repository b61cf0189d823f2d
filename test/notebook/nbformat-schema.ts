import { Ajv } from 'ajv'
import { readFixture } from './fixtures.js'

const { $schema: _draft4, ...schema } = JSON.parse(readFixture('nbformat.v4.5.schema.json')) as Record<
  string,
  unknown
>
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema)

/** The places at which a notebook's text breaks the nbformat 4.5 schema; none when it is valid. */
export function schemaMistakes(notebookText: string): string[] {
  validate(JSON.parse(notebookText))
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}
