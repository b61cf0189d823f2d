import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAst } from 'vite'
import { root } from './files-in.js'

interface Node {
  readonly type: string
  readonly [member: string]: unknown
}

/** Where a piece of source stands, and which names are functions of the sources themselves. */
interface Place {
  /** The function or method around it; the outermost one. */
  readonly name?: string
  readonly functions: ReadonlySet<string>
  readonly methods: ReadonlySet<string>
}

const timers = ['setTimeout', 'setInterval', 'waitFor', 'race', 'withResolvers', 'wait']

/**
 * The functions of a file that wait for what somebody else settles: they make a promise or a timer, or await (or chain on) a stored
 * promise, or a call of what is no function of the sources: an interface, a callback, a library. An await of a function of the
 * sources is none, because that function is looked at itself.
 */
export function waitSitesOf(path: string): string[] {
  const program = parseAst(readFileSync(join(root, path), 'utf8'), { lang: 'ts' }) as unknown as Node
  const sites = new Set<string>()
  const functions = new Set((program['body'] as Node[]).flatMap(functionsIn))
  visit(program, { functions, methods: new Set() }, (place) => sites.add(place.name ?? '(module)'))
  return [...sites]
}

function visit(node: Node, around: Place, found: (place: Place) => void): void {
  const place = enter(node, around)
  if (isWait(node, place)) found(place)
  for (const member of Object.values(node)) {
    for (const child of Array.isArray(member) ? member : [member])
      if (isNode(child)) visit(child, place, found)
  }
}

function enter(node: Node, place: Place): Place {
  if (node.type === 'ClassDeclaration') {
    const members = (node['body'] as Node)['body'] as Node[]
    return { ...place, methods: new Set(members.filter(isFunction).map((member) => nameOf(member['key']))) }
  }
  if (place.name !== undefined) return place
  if (node.type === 'FunctionDeclaration') return { ...place, name: nameOf(node['id']) }
  if (node.type === 'VariableDeclarator') return { ...place, name: nameOf(node['id']) }
  const isMember = node.type === 'MethodDefinition' || node.type === 'PropertyDefinition'
  return isMember ? { ...place, name: nameOf(node['key']) } : place
}

function isWait(node: Node, place: Place): boolean {
  if (node.type === 'NewExpression') return nameOf(node['callee']) === 'Promise'
  if (node.type === 'ForOfStatement') return node['await'] === true
  if (node.type === 'AwaitExpression') return isForeign(node['argument'], place)
  if (node.type !== 'CallExpression') return false
  const callee = node['callee'] as Node
  const name = nameOf(callee)
  return timers.includes(name) || (isChain(callee) && isForeign(callee['object'], place))
}

/** Whether a promise is settled by somebody else than a function of the sources. */
function isForeign(value: unknown, place: Place): boolean {
  if (!isNode(value)) return false
  const anyOf = (...names: string[]) => names.some((name) => isForeign(value[name], place))
  switch (value.type) {
    case 'CallExpression':
      return isForeignCall(value, place)
    case 'ConditionalExpression':
      return anyOf('consequent', 'alternate')
    case 'LogicalExpression':
      return anyOf('left', 'right')
    case 'ChainExpression':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSNonNullExpression':
      return anyOf('expression')
    case 'ArrowFunctionExpression':
      return anyOf('body')
    case 'ArrayExpression':
      return (value['elements'] as unknown[]).some((element) => isForeign(element, place))
    case 'NewExpression':
    case 'BlockStatement':
      return false
    default:
      return true
  }
}

function isForeignCall(call: Node, place: Place): boolean {
  const callee = call['callee'] as Node
  const [first] = call['arguments'] as unknown[]
  const name = nameOf(callee)
  if (callee.type === 'Identifier') return !place.functions.has(name)
  const object = callee['object'] as Node
  if (object.type === 'Super') return false
  if (object.type === 'ThisExpression') return !place.methods.has(name)
  if (isChain(callee) || name === 'catch') return isForeign(object, place)
  if (name === 'map') return isForeign(first, place)
  const isOfPromise = nameOf(object) === 'Promise' && name !== 'race'
  return isOfPromise ? first !== undefined && isForeign(first, place) : true
}

const isChain = (callee: Node) =>
  callee.type === 'MemberExpression' && ['then', 'finally'].includes(nameOf(callee))

/** The functions that a statement makes known under a name: its own, and those of other files of the sources. */
function functionsIn(statement: Node): string[] {
  if (statement.type === 'ImportDeclaration') {
    const isOwn = /^\.|^@runtimed\//.test(String((statement['source'] as Node)['value']))
    return isOwn ? (statement['specifiers'] as Node[]).map((specifier) => nameOf(specifier['local'])) : []
  }
  const declared = isNode(statement['declaration']) ? statement['declaration'] : statement
  if (declared.type === 'FunctionDeclaration') return [nameOf(declared['id'])]
  if (declared.type !== 'VariableDeclaration') return []
  return (declared['declarations'] as Node[])
    .filter(({ init }) => isNode(init) && isFunction(init))
    .map(({ id }) => nameOf(id))
}

const isFunction = (node: Node): boolean =>
  node.type.includes('Function') || (isNode(node['value']) && isFunction(node['value']))

function nameOf(node: unknown): string {
  if (!isNode(node)) return ''
  if (node.type === 'MemberExpression') return nameOf(node['property'])
  const name = typeof node['name'] === 'string' ? node['name'] : ''
  return node.type === 'PrivateIdentifier' ? `#${name}` : name
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).type === 'string'
