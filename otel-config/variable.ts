/** The variable of this name; undefined if it is not set. Every object has names such as `constructor`, which are none of them. */
export function variable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(env, name) ? env[name] : undefined
}
