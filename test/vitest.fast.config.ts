import { defineConfig } from 'vitest/config'
import { fast, shared } from './vitest.config.js'

export default defineConfig({ ...shared, test: { ...shared.test, ...fast } })
