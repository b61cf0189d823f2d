import { defineConfig } from 'vitest/config'
import { shared, walks } from './vitest.config.js'

export default defineConfig({
  ...shared,
  test: { ...shared.test, include: [walks], globalSetup: 'test/support/install-chromium.ts' },
})
