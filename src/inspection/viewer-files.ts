import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

/** Where `npm run build:viewer` puts the page. Throws when it has not been built. */
const folder = () => dirname(createRequire(import.meta.url).resolve('#viewer/index.html'))

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

/** True for files that the page is made of, which tell nothing of a run and are served without a token. */
export const isAsset = (path: string): boolean => /^\/assets\/[\w.-]+$/.test(path)

/** Answers with the viewer's page for `/`, with one of its assets, or with 404. */
export async function serveViewer(path: string, response: ServerResponse): Promise<void> {
  const file = path === '/' ? 'index.html' : isAsset(path) ? path.slice(1) : undefined
  const body = file && (await readViewer(file))
  if (!file || !body) {
    response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end('There is no such page.')
    return
  }
  response.writeHead(200, { ...headers, 'content-type': types[extname(file)] ?? 'application/octet-stream' })
  response.end(body)
}

async function readViewer(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(join(folder(), file))
  } catch {
    return undefined
  }
}
