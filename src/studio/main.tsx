import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.js'
import { flushDrafts } from './cells/drafts.js'
import { keepFramePage } from './cells/html-frame.js'
import { holdPageLife } from './store/page-life.js'
import { Workspace } from './workspace/workspace.js'
import './style/studio.css'

holdPageLife()
keepFramePage()
addEventListener('pagehide', flushDrafts)

const workspace = new Workspace()

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App workspace={workspace} />
  </StrictMode>,
)
