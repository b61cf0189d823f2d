import { exportNotebook } from '../../notebook/index.js'
import { CliProblem, fileProblem } from '../problem.js'
import { prepareOutputFile } from '../run/output-file.js'
import { withRecord } from '../with-record.js'

/**
 * Writes the notebook that the store in a directory has recorded. Throws `STORE_NOT_FOUND`, `STORE_AMBIGUOUS`, `STORE_IN_USE` or
 * `OUT_NOT_WRITABLE`.
 */
export async function exportStore(
  directory: string,
  path: string,
  stdout: NodeJS.WriteStream,
): Promise<void> {
  const out = await prepareOutputFile(path, stdout)
  const text = await withRecord(directory, (store) => exportNotebook(store))
  try {
    await out.write(text)
  } catch (cause) {
    throw new CliProblem('OUT_NOT_WRITABLE', `Cannot write ${path}: ${fileProblem(cause)}.`, { cause })
  }
}
