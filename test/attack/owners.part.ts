import type { Child } from '../faults/child.js'
import { exactly } from '../faults/finding.js'
import { withTemporaryDirectory } from '../faults/temporary-directory.js'
import { startStoreChild } from './open-store.js'
import type { Part } from './part.js'
import type { StoreChildReport } from './store-child.js'

const contenders = 4

/** Processes that want the same directory at the same time: one gets it, and the others are told who has it. */
export const owners: Part = {
  name: 'owners',
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const children = Array.from({ length: contenders }, () =>
        startStoreChild({ directory, notebookId: 'one' }),
      )
      const answers = await Promise.all(children.map(answerOf))
      await Promise.all(children.map((child) => child.kill()))
      const refusals = answers.filter((answer) => answer.event === 'refused')
      return [
        exactly('owners.opened', answers.length - refusals.length, 1),
        exactly('owners.refusedByCode', refusals.filter(isInUse).length, contenders - 1),
      ]
    }),
}

const answerOf = (child: Child<StoreChildReport>) =>
  Promise.race([child.until('opened'), child.until('refused')])

const isInUse = (answer: StoreChildReport) => answer.event === 'refused' && answer.code === 'STORE_IN_USE'
