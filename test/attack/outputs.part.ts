import type { Frame, Page } from 'playwright-core'
import { atLeast, exactly, isTrue, type Finding } from '../faults/finding.js'
import { notebookOf, startStudio, type Studio } from '../studio/studio.js'
import { listenOutside, type Outside } from '../support/outside.js'
import { waitUntil } from '../support/wait-for.js'
import { breakingPayloads, outputPayloads, type OutputPayload } from './output-payloads.js'
import type { Part } from './part.js'

/**
 * Outputs of a file that somebody else has made, all shown in a real browser, all their links pressed: none reaches anything, none
 * takes the studio away, none runs with its rights. The same in a quick run: it is one page.
 */
export const outputs: Part = {
  name: 'outputs',
  run: async () => {
    const outside = await listenOutside()
    const linked = await listenOutside()
    const studio = await startStudio()
    const places = { host: outside.host, stun: outside.stun, linked: linked.host }
    const findings = [
      ...(await attack(studio, outside, outputPayloads(places))),
      ...(await breakFrames(studio, outside, breakingPayloads(places))),
    ]
    await studio.close()
    await outside.close()
    await linked.close()
    return findings
  },
}

async function attack(
  studio: Studio,
  outside: Outside,
  payloads: readonly OutputPayload[],
): Promise<Finding[]> {
  const tab = await studio.open({ viewport: { width: 1440, height: 900 } })
  const { page } = tab
  const windows = watchPages(page, studio.url)
  await tab.openFile('outputs.ipynb', toFile(payloads))
  await page
    .locator('[data-cell]')
    .nth(payloads.length - 1)
    .waitFor()
  const address = page.url()
  const title = await page.title()
  const frames = await untilFramesAreShown(page)
  const pressed = await pressAll(page)
  await untilOthersHaveArrived(studio)
  const figure = (word: string) => `outputs.${word}`
  const shown = await page.locator('[data-cell] .output').count()
  const after = await fetch(studio.url)
  return [
    atLeast(figure('payloads'), payloads.length, 50),
    exactly(figure('shown'), shown, payloads.length),
    atLeast(figure('frames'), frames, 50),
    atLeast(figure('linksPressed'), pressed, 20),
    isTrue(figure('reached'), outside.hits.length === 0, 'none', outside.hits.slice(0, 5)),
    isTrue(figure('navigations'), windows.navigations().length === 0, 'none', windows.navigations()),
    isTrue(figure('addressKept'), page.url() === address, address, page.url()),
    isTrue(figure('titleKept'), (await page.title()) === title, title, await page.title()),
    exactly(figure('statusAfter'), after.status, 200),
  ]
}

/** The page is looked at past Playwright, for which it has ended. */
async function breakFrames(
  studio: Studio,
  outside: Outside,
  payloads: readonly OutputPayload[],
): Promise<Finding[]> {
  const tab = await studio.open()
  const session = await tab.context.newCDPSession(tab.page)
  const before = outside.hits.length
  await tab.openFile('breaking.ipynb', toFile(payloads)).catch(() => undefined)
  const read = async (expression: string): Promise<unknown> => {
    const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true })
    return result.value
  }
  await untilTrue('all frames to be there', async () => {
    return (await read(`document.querySelectorAll('iframe.frame').length`)) === payloads.length
  })
  await untilOthersHaveArrived(studio)
  const reached = outside.hits.slice(before)
  return [
    isTrue('outputs.breakingReached', reached.length === 0, 'none', reached.slice(0, 5)),
    isTrue('outputs.breakingStudioStays', (await read('location.pathname')) === '/', '/'),
    exactly(
      'outputs.breakingCells',
      Number(await read(`document.querySelectorAll('[data-cell]').length`)),
      payloads.length,
    ),
  ]
}

/** Milliseconds that all frames together may take to be shown; on a busy machine they take ten seconds. */
const patienceMs = 60_000

/** A notebook whose cells have these outputs, one each. */
function toFile(payloads: readonly OutputPayload[]): string {
  const sources = payloads.map((_, index) => `<p>${index}</p>`)
  const notebook = JSON.parse(notebookOf(sources, 'html')) as { cells: object[] }
  const cells = notebook.cells.map((cell, index) => ({ ...cell, outputs: [payloads[index]] }))
  return JSON.stringify({ ...notebook, cells })
}

/**
 * Notes where the studio's window goes from now on, besides to the studio, which loads itself again when its store is stuck; closes the
 * windows that links open.
 */
function watchPages(page: Page, home: string) {
  const documents = new Set<string>()
  page.on('request', (request) => {
    const isOwn = request.isNavigationRequest() && request.frame() === page.mainFrame()
    if (isOwn && request.url() !== home) documents.add(request.url())
  })
  page.context().on('page', (opened) => void opened.close().catch(() => undefined))
  return { navigations: () => [...documents] }
}

/** Resolves with the number of output frames, when each has shown its content or has tried to go elsewhere. */
async function untilFramesAreShown(page: Page): Promise<number> {
  const frames = page.locator('iframe.frame')
  await untilTrue('all frames to be shown', async () => {
    const states = await Promise.all(outputFrames(page).map(isSettled))
    return states.length === (await frames.count()) && states.every(Boolean)
  })
  return frames.count()
}

/** Asks again and again; each time takes a way to the browser and back. */
async function untilTrue(what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`Waited ${patienceMs} ms for ${what}.`)
  }
}

const outputFrames = (page: Page): readonly Frame[] =>
  page.frames().filter((frame) => frame.parentFrame() === page.mainFrame())

/** A frame that went to where it may not go has no document any more that a script could run in. */
const isSettled = (frame: Frame): Promise<boolean> =>
  frame
    .evaluate(() => document.readyState === 'complete' && document.body !== null)
    .catch(() => !frame.url().includes('output.html'))

/** Presses every link of the page and of its frames; resolves with how many there were. */
async function pressAll(page: Page): Promise<number> {
  const counts = [page.mainFrame(), ...outputFrames(page)].map((frame) =>
    frame.evaluate(press).catch(() => 0),
  )
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0)
}

function press(): number {
  const links = document.querySelectorAll('.output a, .output area, body > a, body > svg a')
  for (const link of links) link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
  return links.length
}

/** What may reach a place has done so by now, and what began before it would have, too; it shows that the count works. */
async function untilOthersHaveArrived(studio: Studio): Promise<void> {
  const control = await listenOutside()
  const page = await studio.browser.newPage()
  await page.evaluate(
    ({ host, stun }) => {
      const call = new RTCPeerConnection({ iceServers: [{ urls: `stun:${stun}` }] })
      call.createDataChannel('x')
      void call.createOffer().then((offer) => call.setLocalDescription(offer))
      new Image().src = `http://${host}/`
    },
    { host: control.host, stun: control.stun },
  )
  await waitUntil('both to arrive', () => control.hits.includes('tcp') && control.hits.includes('udp'))
  await page.close()
  await control.close()
}
