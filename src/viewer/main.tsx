/// <reference types="vite/client" />
/** The viewer: what the inspection endpoint that served this page tells, live and back in time. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '../chart/state-chart.css'
import './page.css'
import './viewer.css'
import { connectTo } from './connection.js'
import { Recording } from './recording.js'
import { Viewer } from './viewer.js'

const recording = new Recording()
connectTo(recording, new URL(window.location.href))

const root = document.getElementById('root')
if (root)
  createRoot(root).render(
    <StrictMode>
      <main>
        <Viewer recording={recording} />
      </main>
    </StrictMode>,
  )
