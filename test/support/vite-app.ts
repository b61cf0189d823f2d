import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readmeApp, readmePackages } from './readme-app.js'

const root = join(import.meta.dirname, '../..')

const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>
}

/** Packages without a version have the one that this repository is developed with. */
const toSpecifier = (name: string): string => {
  const version = devDependencies[name]
  return version === undefined ? name : `${name}@${version}`
}

/** What a Vite app for React and TypeScript has besides; it comes after the README's line, as it does in an app. */
export const viteTools = [
  '@types/node',
  '@types/react',
  '@types/react-dom',
  '@vitejs/plugin-react',
  'typescript',
  'vite',
  'vitest',
].map(toSpecifier)

const compilerOptions = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM', 'DOM.Iterable'],
  moduleDetection: 'force',
  verbatimModuleSyntax: true,
  jsx: 'react-jsx',
  strict: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  erasableSyntaxOnly: true,
  skipLibCheck: false,
  types: ['node'],
  noEmit: true,
}

/** The React app of the README in a folder of its own outside the repository, before anything is installed. */
export class ViteApp {
  readonly folder = mkdtempSync(join(tmpdir(), 'vite-app-'))
  /** What the README tells to install, the packed package among it. */
  readonly packages: readonly string[]

  constructor() {
    const to = ['--pack-destination', this.folder]
    this.run('npm', ['pack', '--silent', '--ignore-scripts', ...to], root)
    const tarball = readdirSync(this.folder).find((name) => name.endsWith('.tgz')) ?? ''
    this.packages = readmePackages().map((name) =>
      name === 'runtime-agent-registry' ? `./${tarball}` : toSpecifier(name),
    )
    this.write('package.json', JSON.stringify({ private: true, type: 'module' }))
    const script = '<script type="module" src="/src/main.tsx"></script>'
    this.write('index.html', `<!doctype html><div id="root"></div>${script}`)
    this.write(
      'vite.config.ts',
      "import react from '@vitejs/plugin-react'\nimport { defineConfig } from 'vite'\n\nexport default defineConfig({ plugins: [react()] })\n",
    )
    mkdirSync(join(this.folder, 'src'))
    this.write('src/main.tsx', readmeApp())
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** What the command prints; throws when it fails. */
  run(command: string, args: readonly string[], cwd = this.folder): string {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** What the compiler says of the app and of all types that it imports. */
  compile(module: string, moduleResolution: string): string {
    const options = { ...compilerOptions, module, moduleResolution }
    this.write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['src'] }))
    return this.run('npx', ['--no-install', 'tsc'])
  }
}
