import { checks } from './checks.js'
import type { ModelCheck } from './model-check.js'
import type { Mutation } from './mutations.js'
import { Disagreement, walkPath, type ModelPath, type ModelStep } from './walk-path.js'

/** How long a system with a bug may take to show that it has none after all, in milliseconds. */
const patienceMs = 1_000

/**
 * Walks the model's paths on a system with a bug, those first that meet it early and those last that should not meet it; returns
 * the first disagreement, or undefined when the model has found nothing.
 */
export async function catchMutation(mutation: Mutation): Promise<Disagreement | undefined> {
  const check = checks.find(({ name }) => name === mutation.check) as ModelCheck
  const isTouched = ({ labels }: ModelStep) =>
    labels.some((label) => mutation.touches.some((touched) => label.startsWith(touched)))
  const meeting = ({ steps }: ModelPath) => {
    const index = steps.findIndex(isTouched)
    return index < 0 ? Number.MAX_SAFE_INTEGER : index
  }
  for (const path of check.paths.toSorted((left, right) => meeting(left) - meeting(right))) {
    const found = await disagreementOn(path, check, mutation, isTouched)
    if (found) return found
  }
  return undefined
}

async function disagreementOn(
  path: ModelPath,
  check: ModelCheck,
  { machines }: Mutation,
  isTouched: (step: ModelStep) => boolean,
): Promise<Disagreement | undefined> {
  let isMet = !path.steps.some(isTouched)
  try {
    await walkPath(path, () => check.open(path, machines), {
      closeMs: 5_000,
      patienceMs: (step) => {
        isMet ||= isTouched(step)
        return isMet ? patienceMs : 30_000
      },
    })
    return undefined
  } catch (error) {
    return error instanceof Disagreement ? error : new Disagreement(path, path.steps.length - 1, error)
  }
}
