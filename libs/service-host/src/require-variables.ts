import { type Config, ConfigError, variables } from '@datakeep/kernel';

type Given<K extends keyof Config> = Config & { readonly [Name in K]-?: NonNullable<Config[Name]> };

/**
 * The configuration where these variables are set. Throws `ConfigError` naming every one that is not: a process that
 * shares its work with others would otherwise fall back to an embedded engine.
 */
export function requireVariables<K extends keyof Config & keyof typeof variables>(
  config: Config,
  process: string,
  names: readonly K[],
): Given<K> {
  const missing = names.filter((name) => config[name] === undefined).map((name) => variables[name].name);
  if (missing.length > 0)
    throw new ConfigError(
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not ` +
        `set: ${process} shares ${missing.length === 1 ? 'it' : 'them'} with the other services and has no ` +
        `embedded engine to fall back to.`,
    );
  return config as Given<K>;
}
