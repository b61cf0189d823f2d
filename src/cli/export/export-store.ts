import { exportNotebook } from '../../notebook/index.js'
import { CliProblem, fileProblem } from '../problem.js'
import { prepareOutputFile } from '../run/output-file.js'
import type { StorePlace } from '../store-place.js'
import { withRecord } from '../with-record.js'

/**
 * Writes the notebook that a store has recorded. Throws `OUT_NOT_WRITABLE`, and as `withRecord`.
 */
export async function exportStore(
  place: StorePlace,
  path: string,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  const out = await prepareOutputFile(path, stdout)
  const text = await withRecord(place, (store) => exportNotebook(store))
  try {
    await out.write(text)
  } catch (cause) {
    throw new CliProblem('OUT_NOT_WRITABLE', `Cannot write ${path}: ${fileProblem(cause)}.`, { cause })
  }
}
