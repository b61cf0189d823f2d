import type { Choices } from './choices.js'

/** A server that is attacked. */
export interface Target {
  readonly port: number
  /** The query that lets a request in, such as `?token=…`; empty where none is asked for. */
  readonly query: string
  /** A path that is served. */
  readonly path: string
  /** A path of a WebSocket; undefined where there is none. */
  readonly stream: string | undefined
}

/** Bytes that are sent, and how the server has to end them. */
export interface Malformed {
  readonly bytes: Buffer
  /** True: this end is closed after them, and a server that closes too without a word is right. */
  readonly isHalf?: boolean
  /** True: a status below 400, 101 included, is a hole. */
  readonly mustRefuse?: boolean
}

type Kind = (random: Choices, target: Target) => Malformed

const toBytes = (text: string) => Buffer.from(text, 'latin1')

const request = (line: string, headers: readonly string[], body = '') =>
  toBytes(`${[line, ...headers].join('\r\n')}\r\n\r\n${body}`)

const host = ({ port }: Target) => `Host: 127.0.0.1:${port}`

const get = (path: string, target: Target, ...headers: readonly string[]) =>
  request(`GET ${path} HTTP/1.1`, [host(target), 'Connection: close', ...headers])

const junk = (random: Choices, length: number) => Buffer.from(Array.from({ length }, () => random.below(256)))

const climbs = [
  '../',
  '..%2f',
  '%2e%2e/',
  '%2e%2e%2f',
  '..\\',
  '..%5c',
  '%252e%252e%252f',
  '..;/',
  '....//',
  '..%c0%af',
  '%uff0e%uff0e/',
  '..%00/',
]
const secrets = ['secret.txt', 'etc/passwd', 'package.json', 'proc/self/environ', '.git/config']
const starts = ['/', '/assets/', '/pyodide/', '/frames/', '//', '/./', '/assets/%2e/', '']

const traversal: Kind = (random, target) => {
  const climb = random.pick(climbs).repeat(1 + random.below(12))
  const path = `${random.pick(starts)}${climb}${random.pick(secrets)}${random.oneIn(4) ? '%00.js' : ''}`
  return { bytes: get(path + target.query, target), mustRefuse: true }
}

const methods = [
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'CONNECT',
  'get',
  'G E T',
  'GET\t',
  '',
  'QUERY',
  'X'.repeat(500),
]

const method: Kind = (random, target) => ({
  bytes: request(
    `${random.pick(methods)} ${target.path}${target.query} HTTP/1.1`,
    [host(target), 'Content-Length: 3', 'Connection: close'],
    'a=b',
  ),
  mustRefuse: true,
})

const hugeHeader: Kind = (random, target) => ({
  bytes: get(target.path + target.query, target, `X-Long: ${'x'.repeat(20_000 + random.below(200_000))}`),
  mustRefuse: true,
})

const manyHeaders: Kind = (random, target) => ({
  bytes: get(
    target.path + target.query,
    target,
    ...Array.from({ length: 10 + random.below(5_000) }, (_, index) => `X-${index}: ${index}`),
  ),
})

const longPath: Kind = (random, target) => ({
  bytes: get(`/${'a/'.repeat(random.below(60_000))}${target.query}`, target),
  mustRefuse: true,
})

const controls: Kind = (random, target) => ({
  bytes: get(
    `/assets/${String.fromCharCode(random.below(32))}${random.pick(['%00', '%0d%0aX:1', '%', '%zz', '%ff%fe', '\u007f'])}${target.query}`,
    target,
  ),
  mustRefuse: true,
})

const hosts = [
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'localhost@evil.example',
  '',
  '0.0.0.0',
  '[::ffff:7f00:1]x',
  'localhost:port',
  '2130706433',
  '127.0.0.1:1, evil',
]

const twoHosts = (target: Target) => `${host(target)}\r\nHost: evil.example`

const foreignHost: Kind = (random, target) => ({
  bytes: request(
    `GET ${target.path}${target.query} HTTP/1.1`,
    random.pick([[], [twoHosts(target)], ...hosts.map((name) => [`Host: ${name}`])]),
  ),
  mustRefuse: true,
})

const version: Kind = (random, target) => ({
  bytes: request(`GET ${target.path} HTTP/${random.pick(['9.9', '1.', 'x', '1.1.1', '-1'])}`, [host(target)]),
  mustRefuse: true,
})

const ranges = [
  'bytes=0-',
  'bytes=-1',
  'bytes=5-2',
  'bytes=99999999999999999999-',
  'bytes=-',
  'lines=1-2',
  `bytes=${'0-0,'.repeat(900)}1-1`,
]

const range: Kind = (random, target) => ({
  bytes: get(
    target.path + target.query,
    target,
    `Range: ${random.pick(ranges)}`,
    `If-None-Match: ${random.pick(['*', '"', 'W/"x"'])}`,
    `Accept-Encoding: ${random.pick(['gzip;q=0', '*', ',,,', 'gzip, gzip'])}`,
  ),
})

const bodies: readonly (readonly [headers: readonly string[], body: string])[] = [
  [['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
  [['Content-Length: -1'], ''],
  [['Content-Length: 1', 'Content-Length: 2'], 'xx'],
  [['Transfer-Encoding: chunked'], 'zz\r\n'],
  [['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  [['Content-Length : 3'], 'abc'],
]

const smuggled: Kind = (random, target) => {
  const [headers, body] = random.pick(bodies)
  return {
    bytes: request(`POST ${target.path}${target.query} HTTP/1.1`, [host(target), ...headers], body),
    mustRefuse: true,
  }
}

const noise: Kind = (random) => ({
  bytes: Buffer.concat([junk(random, 1 + random.below(4_000)), toBytes('\r\n\r\n')]),
  isHalf: true,
  mustRefuse: true,
})

const half: Kind = (random, target) => {
  const whole = get(target.path + target.query, target)
  return { bytes: whole.subarray(0, random.below(whole.length - 4)), isHalf: true }
}

const pipelined: Kind = (random, target) => ({
  bytes: Buffer.concat([
    request(`GET ${target.path}${target.query} HTTP/1.1`, [host(target)]),
    junk(random, 200),
    toBytes('\r\n\r\n'),
  ]),
  isHalf: true,
})

const uris: Kind = (random, target) => ({
  bytes: get(
    random.pick([
      '*',
      'http://evil.example/',
      'evil.example:80',
      '//evil.example/',
      '\\\\evil\\share',
      'file:///etc/passwd',
      '?',
      '#',
      '/?token=',
      '/%2f%2f',
      'http://[',
    ]),
    target,
  ),
})

const upgrades = [
  ['Sec-WebSocket-Version: 1', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
  ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: short'],
  ['Sec-WebSocket-Version: 13'],
  [
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    'Origin: https://evil.example',
  ],
]

const upgrade: Kind = (random, target) => {
  const path = random.pick([target.stream ?? '/', '/nothing', '/'])
  return {
    bytes: request(
      `GET ${path}${random.oneIn(2) && target.stream ? target.query : '?token=wrong'} HTTP/1.1`,
      [
        host(target),
        'Connection: Upgrade',
        `Upgrade: ${random.pick(['websocket', 'h2c', 'x'])}`,
        ...random.pick(upgrades),
      ],
    ),
    isHalf: true,
    mustRefuse: target.stream !== undefined,
  }
}

/** Every kind of malformed request. */
export const kinds: Readonly<Record<string, Kind>> = {
  traversal,
  method,
  hugeHeader,
  manyHeaders,
  longPath,
  controls,
  foreignHost,
  version,
  range,
  smuggled,
  noise,
  half,
  pipelined,
  uris,
  upgrade,
}
