import { createRequire } from 'node:module'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPythonExecutionHandler } from '../../src/handlers/python/handler.js'
import { waitUntil } from '../support/wait-for.js'
import { startPythonSession, type TestSession } from './python-session.js'

describe('one session', () => {
  let session: TestSession
  beforeAll(async () => {
    session = await startPythonSession()
  })
  afterAll(() => session.instance.dispose(true))

  it('streams text live while the cell runs', async () => {
    const cell = session.begin(
      "import time\nfor part in 'ab':\n    print(part)\n    time.sleep(0.3)\ninput()",
    )
    await expect.poll(() => cell.text('stdout')).toBe('a\n')
    await expect.poll(() => cell.text('stdout')).toBe('a\nb\n')
    await cell.result
  })

  it('streams text that is followed by work without output', async () => {
    const cell = session.begin("print('one')\nprint('two')\nwhile True: pass")
    await expect.poll(() => cell.text('stdout')).toBe('one\ntwo\n')
    session.instance.interrupt?.()
    await cell.result
  })

  it('shows stdout before stderr of the same moment, and both before a display', async () => {
    const source =
      "import sys\nprint('error', file=sys.stderr)\nprint('out')\ndisplay(1)\nprint('late', file=sys.stderr)\nprint('later')"
    const { outputs } = await session.run(source)
    expect(outputs).toEqual([
      { output_type: 'stream', name: 'stdout', text: 'out\n' },
      { output_type: 'stream', name: 'stderr', text: 'error\n' },
      { output_type: 'display_data', data: { 'text/plain': '1' }, metadata: {} },
      { output_type: 'stream', name: 'stdout', text: 'later\n' },
      { output_type: 'stream', name: 'stderr', text: 'late\n' },
    ])
  })

  it('keeps text of file descriptors and of characters beyond ASCII', async () => {
    const { text } = await session.run("import os\nos.write(1, 'ä€😀'.encode())\nprint('😀' * 70000)\nNone")
    expect(text('stdout')).toBe(`ä€😀${'😀'.repeat(70_000)}\n`)
  })

  it('cuts a stream of 100 MB at 1 MB, says how much was cut, and goes on', async () => {
    const { text, outcome } = await session.run(
      "for _ in range(100):\n    print('x' * 999_999)\nprint('end')",
    )
    expect(outcome.success).toBe(true)
    expect(text('stdout').length).toBeLessThanOrEqual(1_000_000)
    expect(text('stdout')).toMatch(/x\n\[output truncated: 1\.0 MB of 100\.0 MB shown\]\n$/)
    expect((await session.run("print('fresh')")).text('stdout')).toBe('fresh\n')
  })

  it('cuts a flood of short lines without filling memory', async () => {
    const { text, calls } = await session.run("for _ in range(1_000_000):\n    print('x')")
    expect(text('stdout')).toMatch(/\[output truncated: 1\.0 MB of 2\.0 MB shown\]\n$/)
    expect(calls()).toBeLessThan(100_000)
  })

  it('waits in a display while hundreds of them are not recorded', async () => {
    let mostWaiting = 0
    let release: (() => void)[] = []
    const drained = () =>
      new Promise<void>((resolve) => {
        if (release.push(resolve) === 1) setTimeout(releaseAll, 250)
        mostWaiting = Math.max(mostWaiting, release.length)
      })
    const releaseAll = () => {
      for (const resolve of release) resolve()
      release = []
    }
    const cell = session.begin('for i in range(1000): display(i)', { drained })
    expect(await cell.result).toEqual({ success: true })
    expect(cell.outputs).toHaveLength(1_000)
    expect(mostWaiting).toBeLessThanOrEqual(200)
  })

  it('interrupts a cell that waits because nothing is recorded', async () => {
    const never = new Promise<void>(() => undefined)
    const cell = session.begin('while True: display(1)', { drained: () => never })
    await waitUntil('as many displays as may wait', () => cell.calls() >= 190).finally(() =>
      session.instance.interrupt?.(),
    )
    expect(await cell.result).toMatchObject({ success: false, error: 'KeyboardInterrupt' })
    expect(cell.calls()).toBeLessThan(320)
  })

  it('runs scripts, notebooks and modules with %run, as IPython does', async () => {
    const notebook = JSON.stringify({
      cells: [
        { cell_type: 'markdown', source: '# text' },
        { cell_type: 'code', source: ['shared = 1\n', 'shared'] },
        { cell_type: 'code', source: 'print(__name__, __file__, shared + x)' },
      ],
    })
    const script = 'import sys\nprint(sys.argv, __name__, "x" in globals())\ninner = 7\n'
    const said = async (source: string) => {
      const { outputs, outcome } = await session.run(source)
      const [first] = outputs
      if (first?.output_type === 'error') return `${first.ename}: ${first.evalue}`
      return first?.output_type === 'stream' ? first.text : outcome.error
    }
    await session.run(`x = 5; open('s.py', 'w').write(${JSON.stringify(script)}); None`)
    await session.run(`open('nb.ipynb', 'w').write(${JSON.stringify(notebook)}); None`)
    await session.run("open('q.py', 'w').write('import sys\\nb = 2\\nsys.exit(0)'); None")
    expect(await said('%run s.py one --two 3')).toBe("['s.py', 'one', '--two', '3'] __main__ False\n")
    expect(await said('print(inner, __name__, "__file__" in globals())')).toBe('7 __main__ False\n')
    expect(await said('%run -i s.py')).toBe("['s.py'] __main__ True\n")
    expect(await said("%run -ni s s*.py '~'")).toBe("['s.py', 's.py', '/home/pyodide'] s True\n")
    expect(await said('%run -G s.py *.py')).toBe("['s.py', '*.py'] __main__ False\n")
    expect(await said('%run -t -N2 s.py')).toMatch(
      /^(\['s\.py'\] __main__ False\n){2}\nIPython CPU timings \(estimated\):\nTotal runs performed: 2\n/,
    )
    expect(await said('%run q.py\nprint(b)')).toBe('2\n')
    expect(await said('%run -m missing')).toBe("Exception: 'missing' is not a valid modulename on sys.path")
    expect(await said('%run -m this')).toContain('Beautiful is better than ugly')
    expect(await said('%run nb.ipynb')).toBe('__main__ nb.ipynb 6\n')
    expect(await said('print(shared)')).toBe('1\n')
    expect(await said('%run ./missing.ipynb')).toBe("Exception: File `'./missing.ipynb'` not found.")
    expect(await said('%run -z s.py')).toMatch(/^UsageError: option -z not recognized/)
    expect(await said('%run -d s.py')).toMatch(/^UsageError: %run -d needs a debugger/)
    expect(await said('%load s.py')).toBeUndefined()
    expect(await said('%load nothing')).toMatch(/^ValueError: 'nothing' was not found in history/)
    expect(await said('%store x')).toMatch(/^UsageError: %store keeps variables for other notebooks/)
  })

  it('updates displays by id, and clears at once or with the next output', async () => {
    const { outputs } = await session.run(
      "from IPython.display import clear_output\nprint('gone')\nclear_output()\nhandle = display('old', display_id=True)\nhandle.update('new')",
    )
    expect(outputs).toMatchObject([{ output_type: 'display_data', data: { 'text/plain': "'new'" } }])
    const waiting = await session.run("print('gone')\nclear_output(wait=True)\nprint('left')")
    expect(waiting.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: 'left\n' }])
  })

  it('refuses input with the message of Jupyter', async () => {
    const message = 'raw_input was called, but this frontend does not support input requests.'
    const { outputs } = await session.run("input('name? ')")
    expect(outputs).toMatchObject([{ ename: 'StdinNotImplementedError', evalue: message }])
  })

  it('says clearly that there is no shell, and what to do', async () => {
    for (const source of ['!ls', "import os; os.system('ls')", "import subprocess; subprocess.run(['ls'])"]) {
      const { outputs } = await session.run(source)
      expect(outputs.at(-1)).toMatchObject({ ename: 'ShellUnavailableError' })
      expect(JSON.stringify(outputs)).toContain('no shell')
    }
  })

  it('says which packages cannot be installed, and what to do', async () => {
    for (const [source, packages] of [
      ['%pip install -q requests "numpy>=2"', 'requests, numpy>=2'],
      ['!pip3 install requests', 'requests'],
      ['%conda install -y scipy', 'scipy'],
      ["import os; os.system('python -m pip install x')", 'x'],
    ]) {
      const { outputs } = await session.run(source ?? '')
      const evalue = expect.stringContaining(`Cannot install ${packages}: this Python`)
      expect(outputs.at(-1)).toMatchObject({ ename: 'ShellUnavailableError', evalue })
    }
  })

  it.each(['%notebook x.ipynb', '%alias x ls', '%logstart'])(
    'refuses %s, which it cannot do',
    async (source) => {
      const { outcome } = await session.run(source)
      expect(outcome).toMatchObject({ success: false, error: expect.stringContaining('not found') })
    },
  )

  it('writes of many updates of a display only the latest, in its place among other outputs', async () => {
    const source =
      "h = display(0, display_id='d')\nfor i in range(2000): h.update(i)\ndisplay('last', display_id='d');"
    const cell = await session.run(source)
    expect(cell.outputs).toMatchObject([
      { data: { 'text/plain': '1999' } },
      { data: { 'text/plain': "'last'" } },
    ])
    expect(cell.calls()).toBeLessThan(1000)
  })

  it('shows in time an error that came through thousands of frames of a long file', async () => {
    const { outputs } = await session.run(`
with open('/tmp/long_file.py', 'w') as file:
    file.write('def filler(): return [1, 2, 3]\\n' * 20000 + 'def a(n): return b(n)\\ndef b(n): return a(n)')
import sys; sys.path.append('/tmp'); import long_file; long_file.a(0)`)
    expect(outputs).toMatchObject([{ ename: 'RecursionError' }])
  })

  it('says of a missing package that nothing is downloaded', async () => {
    const { outputs } = await session.run('import matplotlib.pyplot as plt')
    expect(outputs).toMatchObject([{ ename: 'ModuleNotFoundError', evalue: "No module named 'matplotlib'" }])
    expect(JSON.stringify(outputs)).toContain('packages are not downloaded')
  })

  it('says of threads and of the network that they are not here', async () => {
    const threads = await session.run('import threading; threading.Thread(target=print).start()')
    expect(threads.outputs).toMatchObject([{ ename: 'RuntimeError', evalue: "can't start new thread" }])
    expect(JSON.stringify(threads.outputs)).toContain('has no threads')
    for (const source of [
      "import urllib.request; urllib.request.urlopen('https://example.org')",
      "from pyodide.http import open_url; open_url('https://example.org')",
      "from pyodide.http import pyfetch; await pyfetch('http://127.0.0.1:9')",
    ]) {
      const network = await session.run(source)
      expect(JSON.stringify(network.outputs)).toContain('has no network access')
    }
  })

  it('leaves out a representation of the wrong type, and says so', async () => {
    const { outputs } = await session.run(
      "class Wrong:\n    def __repr__(self): return 'wrong'\n    def _repr_html_(self): return 5\nWrong()",
    )
    expect(outputs).toMatchObject([
      {
        name: 'stderr',
        text: expect.stringContaining("invalid type <class 'int'> (expected <class 'str'>)"),
      },
      { output_type: 'execute_result', data: { 'text/plain': 'wrong' } },
    ])
  })

  it.skipIf(!existsSync('/usr/share/zoneinfo/Europe/Paris'))('knows the time zones of its host', async () => {
    const source =
      "from zoneinfo import ZoneInfo\nfrom datetime import datetime\ndatetime(2024, 7, 1, tzinfo=ZoneInfo('Europe/Paris')).strftime('%Z %z')"
    const { outputs } = await session.run(source)
    expect(outputs).toMatchObject([{ data: { 'text/plain': "'CEST +0200'" } }])
  })

  it('marks an error that was shown, also one that is text on stderr only', async () => {
    const { outputs, outcome } = await session.run('%nosuch')
    expect(outputs).toEqual([
      {
        output_type: 'stream',
        name: 'stderr',
        text: 'UsageError: Line magic function `%nosuch` not found.\n',
      },
    ])
    expect(outcome).toMatchObject({ success: false, metadata: { ename: 'UsageError', errorShown: true } })
  })

  it('keeps an exception in a background task away from the session', async () => {
    await session.run(
      'import asyncio\nasync def fail(): raise SystemExit(1)\ntask = asyncio.create_task(fail())',
    )
    await session.run('await asyncio.sleep(0.01)')
    expect((await session.run('1 + 1')).outcome.success).toBe(true)
    expect(session.crashes).toEqual([])
  })

  it('survives deep recursion', async () => {
    const { outputs } = await session.run('def down(): return down()\ndown()')
    expect(outputs).toMatchObject([{ ename: 'RecursionError' }])
    expect((await session.run('1 + 1')).outcome.success).toBe(true)
  })

  it('survives a request for more memory than there is', async () => {
    const { outputs } = await session.run("b'x' * (2 ** 33)")
    expect(outputs).toMatchObject([{ output_type: 'error' }])
    expect((await session.run('1 + 1')).outcome.success).toBe(true)
  })

  it('forgets all variables after exit, and goes on', async () => {
    await session.run('gone = 1')
    const { text } = await session.run('exit')
    expect(text('stderr')).toContain('all variables were forgotten')
    expect((await session.run('gone')).outputs).toMatchObject([{ ename: 'NameError' }])
  })

  it('has values that cannot be JSON as text', async () => {
    const { outputs } = await session.run(
      "display({'application/json': {'nan': float('nan'), 'bytes': b'a', 'set': {1}}}, raw=True)",
    )
    expect(outputs).toMatchObject([
      { data: { 'application/json': { nan: null, bytes: 'YQ==\n', set: [1] } } },
    ])
  })
})

describe('the end of a worker', () => {
  it('rejects the running cell, keeps what it flushed, and reports a crash when the worker exits', async () => {
    const session = await startPythonSession()
    const cell = session.begin('import os\nprint("before", flush=True)\nos._exit(3)')
    await expect(cell.result).rejects.toThrow('exit code 3')
    expect(cell.text('stdout')).toBe('before\n')
    expect(session.crashes).toMatchObject([{ code: 'workerCrashed' }])
    await expect(session.run('1')).rejects.toThrow('Start a new session')
    await session.instance.dispose()
  })

  it('reports memory that ran out as such', async () => {
    const session = await startPythonSession({ resourceLimits: { maxOldGenerationSizeMb: 150 } })
    const source = 'import js\nkept = js.Array.new()\nwhile True: kept.push(js.Array.new(100000).fill(1.5))'
    await expect(session.run(source)).rejects.toThrow('out of memory')
    expect(session.crashes).toMatchObject([{ code: 'outOfMemory' }])
    await session.instance.dispose()
  })

  it.each([false, true])('says how to install a missing pyodide, preload %s', async (preload) => {
    const pyodideModule = 'pyodide-that-is-missing'
    await expect(startPythonSession({ pyodideModule, preload })).rejects.toThrow('Run: npm install pyodide')
  })

  it('rejects a start that is disposed meanwhile, without a crash report', async () => {
    const crashes: unknown[] = []
    const instance = createPythonExecutionHandler().definition.create({
      notebookId: 'notebook-1',
      sessionId: 'session-1',
      onCrash: (failure) => crashes.push(failure),
    })
    const started = instance.start?.()
    const rejected = expect(started).rejects.toThrow('disposed')
    await instance.dispose(true)
    await rejected
    expect(crashes).toEqual([])
  })

  it('ends a worker whose cancelled cell cannot be interrupted, and reports it', async () => {
    const session = await startPythonSession()
    const cell = session.begin(
      "print('begun')\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
    )
    await expect.poll(() => cell.text('stdout')).toContain('begun')
    cell.abort()
    await expect(cell.result).resolves.toMatchObject({ success: false, error: 'Execution cancelled' })
    await expect
      .poll(() => session.crashes, { timeout: 15_000 })
      .toMatchObject([{ code: 'workerCrashed', details: { reason: 'interruptIgnored' } }])
    await session.instance.dispose()
  })
})

describe('a preloaded interpreter', () => {
  it('is loaded before there is a session, and the first one has it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'python-preload-'))
    const loads = join(folder, 'loads')
    const pyodideModule = join(folder, 'pyodide.mjs')
    const pyodide = createRequire(import.meta.url).resolve('pyodide/pyodide.mjs')
    const note = `appendFileSync(${JSON.stringify(loads)}, '1')`
    writeFileSync(
      pyodideModule,
      `import { appendFileSync } from 'node:fs'\n${note}\nexport * from '${pyodide}'`,
    )
    const handler = createPythonExecutionHandler({ pyodideModule, preload: true })
    const noted = () => (existsSync(loads) ? readFileSync(loads, 'utf8') : '')
    await waitUntil('the interpreter is loading', () => noted() === '1', 60_000)
    const first = await startPythonSession(handler)
    expect((await first.run('print(1)')).text('stdout')).toBe('1\n')
    expect(noted()).toBe('1')
    const start = { notebookId: 'notebook-1', sessionId: 'session-2', onCrash: () => undefined }
    const second = handler.definition.create(start)
    const rejected = expect(second.start?.()).rejects.toThrow('disposed')
    await waitUntil('the second one loads its own', () => noted() === '11', 60_000)
    await Promise.all([first.instance.dispose(), second.dispose()])
    await rejected
    rmSync(folder, { recursive: true })
  })
})

describe('a working directory', () => {
  it('is where cells read, write and import files of this machine', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'python-folder-'))
    writeFileSync(join(folder, 'data.csv'), 'a,b\n')
    writeFileSync(join(folder, 'helper.py'), 'answer = 42\n')
    const session = await startPythonSession({ workingDirectory: folder })
    const { outputs } = await session.run(
      "import os, helper\nopen('new.txt', 'w').write('héllo')\n(open('data.csv').read(), helper.answer, os.getcwd())",
    )
    expect(outputs).toMatchObject([{ data: { 'text/plain': `('a,b\\n', 42, '${folder}')` } }])
    expect(readFileSync(join(folder, 'new.txt'), 'utf8')).toBe('héllo')
    await session.instance.dispose()
    rmSync(folder, { recursive: true })
  })

  it('lets cells write at every place of the disk, or says why not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'python-folder-'))
    mkdirSync(join(folder, 'notebooks'))
    const options = { workingDirectory: join(folder, 'notebooks'), env: { HOME: join(folder, 'home') } }
    mkdirSync(options.env.HOME)
    const session = await startPythonSession(options)
    const write = (path: string) => session.run(`import os\nopen(${path}, 'w').write('kept')`)
    for (const path of ["'../beside.txt'", "os.path.expanduser('~/home.txt')", `'${folder}/whole.txt'`])
      expect((await write(path)).outcome.success).toBe(true)
    await session.run("left_open = open('open.txt', 'w')\nleft_open.write('kept')")
    for (const path of ['beside.txt', 'home/home.txt', 'whole.txt', 'notebooks/open.txt'])
      expect(readFileSync(join(folder, path), 'utf8')).toBe('kept')
    for (const place of [
      '',
      '/home/pyodide',
      '/lib',
      '/lib/python3.14/site-packages',
      '/dev',
      '/dev/shm',
      '/proc',
    ]) {
      const { outputs } = await write(`'${place}/lost.txt'`)
      expect(outputs).toMatchObject([{ ename: 'PermissionError' }])
      expect(JSON.stringify(outputs)).toContain('would be lost')
    }
    await session.instance.dispose()
    rmSync(folder, { recursive: true })
  })

  it('is not where the kernel keeps its own files', async () => {
    const session = await startPythonSession({ workingDirectory: tmpdir() })
    const { text } = await session.run(
      "import sys; print(sys.modules['notebook_kernel.kernel'].__file__, end='')",
    )
    expect(text('stdout')).toMatch(/kernel\.py$/)
    expect(existsSync(text('stdout'))).toBe(false)
    await session.instance.dispose()
  })

  it("is mounted elsewhere when its path is one of Pyodide's own", async () => {
    const session = await startPythonSession({ workingDirectory: '/dev' })
    const { outputs } = await session.run('import os\n(os.getcwd(), len(os.listdir()) > 0)')
    expect(outputs).toMatchObject([{ data: { 'text/plain': "('/home/notebook', True)" } }])
    await session.instance.dispose()
  })
})
