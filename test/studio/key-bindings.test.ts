import { describe, expect, test } from 'vitest'
import { KeyReader, keyBindings } from '../../src/studio/keys/key-bindings.js'

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
const press = (key: string, modifiers: Partial<typeof none> = {}) => ({ key, ...none, ...modifiers })

describe('keys mean what they mean in Jupyter', () => {
  test('letters count on a cell only, in either case', () => {
    const reader = new KeyReader()
    expect(reader.read(press('b'), false, 0)).toBe('add-below')
    expect(reader.read(press('A', { shiftKey: false }), false, 1)).toBe('add-above')
    expect(reader.read(press('b'), true, 2)).toBeUndefined()
  })

  test('a sequence needs both keys within a second, and nothing between', () => {
    const reader = new KeyReader()
    expect(reader.read(press('d'), false, 0)).toBeUndefined()
    expect(reader.read(press('d'), false, 900)).toBe('delete')
    expect(reader.read(press('d'), false, 2_000)).toBeUndefined()
    expect(reader.read(press('d'), false, 3_100)).toBeUndefined()
    expect(reader.read(press('0'), false, 3_200)).toBeUndefined()
    expect(reader.read(press('d'), false, 3_300)).toBeUndefined()
    expect(reader.read(press('0'), false, 3_400)).toBeUndefined()
    expect(reader.read(press('0'), false, 3_500)).toBe('restart')
  })

  test('running works everywhere, and Control is Command on a Mac', () => {
    const reader = new KeyReader()
    expect(reader.read(press('Enter', { shiftKey: true }), true, 0)).toBe('run-and-advance')
    expect(reader.read(press('Enter', { metaKey: true }), true, 1)).toBe('run')
    expect(reader.read(press('Enter', { ctrlKey: true }), false, 2)).toBe('run')
    expect(reader.read(press('c', { ctrlKey: true }), false, 3)).toBe('interrupt')
    expect(reader.read(press('c', { metaKey: true }), false, 4)).toBeUndefined()
    expect(reader.read(press('c', { ctrlKey: true }), true, 5)).toBeUndefined()
  })
})

test('no key has two meanings in one mode', () => {
  const modesOf = (mode: string) => (mode === 'any' ? ['edit', 'command'] : [mode])
  const places = keyBindings.flatMap(({ keys, mode }) =>
    modesOf(mode).map((one) => `${one}: ${keys.join(' ')}`),
  )
  expect(new Set(places).size).toBe(places.length)
})
