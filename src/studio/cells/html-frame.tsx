import { useEffect, useMemo, useRef, useState } from 'react'

const style = `:root{color-scheme:light dark}
body{margin:0;padding:2px;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere;background:transparent}
table{border-collapse:collapse;font-size:13px}td,th{padding:4px 10px;text-align:right;border-bottom:1px solid #8884}th{font-weight:600}
svg,img{max-width:100%;height:auto}`

const measure = `const tell=()=>parent.postMessage({frameHeight:document.documentElement.getBoundingClientRect().height},'*');
new ResizeObserver(tell).observe(document.documentElement);addEventListener('load',tell);tell()`

const toPage = (html: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Output</title><style>${style}</style></head><body>${html}<script>${measure}</script></body></html>`

/**
 * The same server by its other name. Frames of another site have a process of their own: an output that never ends, or that its process
 * breaks at, takes neither the studio nor a runtime with it.
 */
const address = (() => {
  const url = new URL('./frames/output.html', document.baseURI)
  url.hostname = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  return url.href
})()

/** Loads the frame's page, which is kept for the frames to come, so that outputs are shown also when there is no network. */
export function keepFramePage(): void {
  const frame = document.createElement('iframe')
  frame.title = 'Output'
  frame.hidden = true
  frame.setAttribute('sandbox', 'allow-scripts')
  frame.src = address
  frame.addEventListener('load', () => frame.remove())
  document.body.append(frame)
}

/** Pixels above which a framed output scrolls inside. */
const tallest = 800

/**
 * HTML or SVG of a cell in a frame of its own, as tall as its content. The frame has no origin, and is served with a policy by which it
 * runs its own scripts and draws; nothing is loaded from anywhere, and nothing of the page is reached.
 */
export function HtmlFrame({ html, title }: { html: string; title: string }) {
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(24)
  const page = useMemo(() => toPage(html), [html])
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent<{ frameHeight?: unknown } | null>) => {
      if (source !== frame.current?.contentWindow || typeof data?.frameHeight !== 'number') return
      setHeight(Math.min(tallest, Math.max(1, Math.ceil(data.frameHeight))))
    }
    addEventListener('message', listen)
    return () => removeEventListener('message', listen)
  }, [])
  return (
    <iframe
      className="frame"
      ref={frame}
      title={title}
      sandbox="allow-scripts"
      src={address}
      key={page}
      onLoad={({ currentTarget }) => currentTarget.contentWindow?.postMessage({ html: page }, '*')}
      style={{ height }}
    />
  )
}
