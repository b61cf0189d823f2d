// @vitest-environment happy-dom
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readmeApp } from '../support/readme-app.js'
import { waitUntil } from '../support/wait-for.js'

const folder = join(import.meta.dirname, '../../dist/readme')

test('the React app of the README is short', () => {
  expect(readmeApp().trimEnd().split('\n').length).toBeLessThanOrEqual(40)
})

test('the React app of the README starts an agent, runs its cell and stops', async () => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'app.tsx'), readmeApp())
  document.body.innerHTML = '<div id="root"></div>'
  await import(/* @vite-ignore */ join(folder, 'app.tsx'))
  const words = () => [...document.querySelectorAll('output')].map(({ textContent }) => textContent)
  const press = (label: string) =>
    [...document.querySelectorAll('button')].find(({ textContent }) => textContent === label)!.click()
  await waitUntil('rendered', () => words().length === 2)
  expect(words()).toEqual(['Not started', 'Not run'])
  press('Run')
  await waitUntil('queued', () => words()[1] === 'Queued')
  press('Start')
  await waitUntil('done', () => words().join() === 'Ready,Done')
  const shown = await waitUntil('shown', () => document.querySelector('iframe'))
  expect(shown.getAttribute('srcdoc')).toBe('<h1>Hello</h1>')
  expect(shown.getAttribute('sandbox')).toBe('')
  press('Stop')
  await waitUntil('stopped', () => words()[0] === 'Not started')
})
