import { startStudio } from '../studio/studio.js'
import { studioPaths } from './studio-check.js'
import { walkPath } from './walk-path.js'
import { WalkedStudio } from './walked-studio.js'

/** What came of the paths through the studio. */
export interface StudioFigures {
  readonly states: number
  /** Different transitions of the agent's machine that were taken. */
  readonly transitions: number
  readonly paths: number
  readonly steps: number
  readonly problems: readonly string[]
}

/** Walks all paths on the built studio, one after the other; one that fails does not end it. Rejects without a studio or Chromium. */
export async function walkStudio(): Promise<StudioFigures> {
  const studio = await startStudio()
  const walked = new WalkedStudio(studio)
  const { paths, states } = studioPaths
  const taken = new Set<string>()
  const problems: string[] = []
  for (const path of paths) {
    try {
      for (const label of await walkPath(path, () => walked.open())) taken.add(label)
    } catch (error) {
      problems.push(`studio: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  await studio.close()
  const steps = paths.reduce((sum, path) => sum + path.steps.length, 0)
  return { states, transitions: taken.size, paths: paths.length, steps, problems }
}
