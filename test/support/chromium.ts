import { chromium, type Browser } from 'playwright-core'
import { findChromium } from './find-chromium.js'

/** A headless Chromium. Throws when there is none, which `install-chromium.ts` could not change. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) {
    throw new Error(
      'There is no Chromium. Install one, or name its path in the environment variable CHROMIUM.',
    )
  }
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
}
