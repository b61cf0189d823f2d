/** Entry of the frame in which the Python worker of a notebook lives. */
import { serveKernelFrame } from '../../handlers/python/web-frame.js'

const urlOf = (path: string) => new URL(path, document.baseURI).href

serveKernelFrame({
  workerUrl: urlOf('../workers/python.worker.js'),
  pyodideUrl: urlOf('../pyodide/'),
  kernelUrl: urlOf('../python/'),
})
