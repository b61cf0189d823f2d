import { SchemaAST } from 'effect'

/** Writes an Effect schema in one line: `{ id: String, count?: Number } | "none"`. */
export const describeSchema = (ast: SchemaAST.AST): string => {
  const identifier = SchemaAST.getIdentifierAnnotation(ast)
  if (identifier._tag === 'Some' && (ast._tag === 'Transformation' || ast._tag === 'Refinement')) {
    return identifier.value
  }
  switch (ast._tag) {
    case 'StringKeyword':
      return 'String'
    case 'NumberKeyword':
      return 'Number'
    case 'BooleanKeyword':
      return 'Boolean'
    case 'AnyKeyword':
      return 'Any'
    case 'VoidKeyword':
      return 'Void'
    case 'Literal':
      return JSON.stringify(ast.literal)
    case 'Union':
      return ast.types
        .filter((type) => type._tag !== 'UndefinedKeyword')
        .map(describeSchema)
        .join(' | ')
    case 'TupleType':
      return `Array<${ast.rest.map((rest) => describeSchema(rest.type)).join(', ')}>`
    case 'TypeLiteral':
      return describeTypeLiteral(ast)
    default:
      return ast._tag
  }
}

/** Fields of a struct by name, `?` after the name of an optional one. */
export const describeFields = (ast: SchemaAST.TypeLiteral): Record<string, string> =>
  Object.fromEntries(
    ast.propertySignatures.map((field) => [
      `${String(field.name)}${field.isOptional ? '?' : ''}`,
      describeSchema(field.type),
    ]),
  )

const describeTypeLiteral = (ast: SchemaAST.TypeLiteral): string => {
  const [record] = ast.indexSignatures
  if (record !== undefined) {
    return `Record<${describeSchema(record.parameter)}, ${describeSchema(record.type)}>`
  }
  const fields = Object.entries(describeFields(ast)).map(([name, type]) => `${name}: ${type}`)
  return `{ ${fields.join(', ')} }`
}
