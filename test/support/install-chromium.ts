import { execFileSync } from 'node:child_process'
import { findChromium } from './find-chromium.js'

/** Runs once before all tests: installs Debian's Chromium where there is none. Where that fails, the tests that need it say so. */
export default function installChromium(): void {
  if (findChromium() !== undefined) return
  const apt = (...words: string[]) => execFileSync('apt-get', words, { stdio: 'pipe' })
  try {
    console.log('Installing Chromium for the tests in a browser …')
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core')
  } catch (error) {
    console.warn(`Chromium was not installed: ${error instanceof Error ? error.message : String(error)}`)
  }
}
