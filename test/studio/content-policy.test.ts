import { describe, expect, test } from 'vitest'
import { policyOf } from '../../src/cli/studio/content-policy.js'
import { toFrameQuery, toOrigin } from '../../src/handlers/python/network-access.js'

const host = 'localhost:8888'

const directivesOf = (path: string, query = ''): Record<string, string> => {
  const header = policyOf({ host, path, query })?.['content-security-policy'] ?? ''
  return Object.fromEntries(
    header.split('; ').map((one) => [one.replace(/ .*/, ''), one.replace(/^\S+ ?/, '')]),
  )
}

const python = '/frames/python.html'

test('the studio runs no script of a page, is framed by nobody, and connects to its own server alone', () => {
  expect(directivesOf('/')).toMatchObject({
    'script-src': "'self' 'wasm-unsafe-eval'",
    'connect-src': "'self'",
    'frame-ancestors': "'none'",
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
  })
  for (const path of [
    '/assets/x.js',
    '/nothing',
    '/frames/',
    '/frames/python.html/x',
    '/frames/PYTHON.html',
  ]) {
    expect(directivesOf(path, '?connect=any')).toEqual(directivesOf('/'))
  }
})

test('frames have no origin, whoever opens them', () => {
  for (const path of [python, '/frames/output.html']) {
    expect(directivesOf(path)).toMatchObject({
      sandbox: 'allow-scripts',
      'default-src': "'none'",
      'frame-ancestors': expect.stringMatching(/^'self'$|^http:\/\/localhost:8888 http:\/\/127.0.0.1:8888$/),
    })
  }
  expect(directivesOf('/frames/output.html', '?connect=any')['connect-src']).toBeUndefined()
  expect(policyOf({ host, path: '/frames/output.html', query: '' })?.['connection-allowlist']).toBe('()')
})

describe('the frame of Python', () => {
  test('connects to where it comes from, and to what is allowed', () => {
    const origins = ['https://a.example', 'http://127.0.0.1:8080']
    expect(directivesOf(python)['connect-src']).toBe("'self'")
    expect(directivesOf(python, toFrameQuery(origins))['connect-src']).toBe(
      "'self' https://a.example wss://a.example http://127.0.0.1:8080 ws://127.0.0.1:8080",
    )
    expect(directivesOf(python, toFrameQuery('any'))['connect-src']).toBe("'self' http: https: ws: wss:")
  })

  test('gets nothing else widened by what is allowed', () => {
    const narrow = directivesOf(python)
    const wide = directivesOf(python, toFrameQuery('any'))
    expect({ ...wide, 'connect-src': '' }).toEqual({ ...narrow, 'connect-src': '' })
  })

  test.each([
    '?connect=*',
    '?connect=https:',
    '?connect=https%3A%2F%2F*.example',
    '?connect=https%3A%2F%2Fa.example%3B%20script-src%20*',
    '?connect=https%3A%2F%2Fa.example%2C%20*',
    '?connect=https%3A%2F%2Fa.example%20https%3A%2F%2Fb.example',
    '?connect=https%3A%2F%2Fa.example%0D%0Ax%3A%20y',
    '?connect=https%3A%2F%2Fa.example%2F',
    '?connect=https%3A%2F%2FA.example',
    '?connect=https%3A%2F%2Fa.example%3A443',
    '?connect=https%3A%2F%2Fa%40b.example',
    '?connect=https%3A%2F%2Fa_b.example',
    '?connect=ws%3A%2F%2Fa.example',
    '?connect=data%3A',
    "?connect='self'",
    '?connect=',
    '?connect=any&connect=any',
    '?connect=any&connect=https%3A%2F%2Fa.example',
    '?connect=https%3A%2F%2Fa.example&x=1',
    '?connect=https://a.example',
    '?CONNECT=any',
    '?connect=any#x',
    '?connect=any%00',
    '?x',
    `?${Array.from({ length: 21 }, (_, index) => `connect=https%3A%2F%2F${index}.example`).join('&')}`,
  ])('is refused with %s', (query) => {
    expect(policyOf({ host, path: python, query })).toBeUndefined()
  })
})

test.each([
  ['example.org', 'https://example.org'],
  [' https://Example.org:443/data.csv?x#y ', 'https://example.org'],
  ['http://localhost:8080/', 'http://localhost:8080'],
  ['https://münchen.example', 'https://xn--mnchen-3ya.example'],
  ['ftp://example.org', undefined],
  ['javascript:alert(1)', undefined],
  ['https://me:secret@example.org', undefined],
  ['https://[::1]/', undefined],
  ['https://*.example.org', undefined],
  ['https://a.example;script-src', undefined],
  ['', undefined],
  ['two words', undefined],
  ["'self'", undefined],
  [`https://${'a'.repeat(260)}.example`, undefined],
])('the address %j is of the origin %s', (text, origin) => {
  expect(toOrigin(text)).toBe(origin)
})
