import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The page of the inspection endpoint, as static files in `dist/viewer`. */
export default defineConfig({
  root: folder('.'),
  base: './',
  logLevel: 'warn',
  build: {
    outDir: folder('../../dist/viewer'),
    emptyOutDir: true,
    license: { fileName: 'THIRD-PARTY-NOTICES.md' },
    target: 'es2022',
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
})
