import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

const found = (): string | undefined => places.find((path) => existsSync(path))

/** A headless Chromium; Debian's is installed first where there is none and that is allowed, else this throws. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = found() ?? install()
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
}

function install(): string {
  const apt = (...words: string[]) => execFileSync('apt-get', words, { stdio: 'pipe' })
  apt('update')
  apt('install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core')
  const path = found()
  if (path !== undefined) return path
  throw new Error('Chromium was installed, and is not in /usr/bin. Install a Chromium there.')
}
