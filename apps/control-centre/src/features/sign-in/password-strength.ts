export const shortestPassword = 15;
export const longestPassword = 256;

export interface PasswordVerdict {
  /** 0 to 100. */
  readonly strength: number;
  readonly acceptable: boolean;
  /** What is wrong or could be better, in words. */
  readonly advice: string;
}

const common = /password|passwort|qwerty|qwertz|letmein|datakeep|welcome|iloveyou|1234|abcd|aaaa|0000/i;

/** A rough estimate by length, kinds of characters and repetition; the keep itself asks for the length alone. */
export function judgePassword(password: string, name: string): PasswordVerdict {
  const length = [...password].length;
  const distinct = new Set(password).size;
  const words = password
    .trim()
    .split(/[\s\-_.]+/)
    .filter((word) => word.length > 2).length;
  const strength = Math.min(
    100,
    Math.round(length * 2.2 + distinct * 2 + words * 6 - (common.test(password) ? 30 : 0)),
  );
  if (length === 0) return { strength: 0, acceptable: false, advice: `At least ${shortestPassword} characters.` };
  if (length < shortestPassword)
    return {
      strength: Math.min(strength, 35),
      acceptable: false,
      advice: `${shortestPassword - length} more: at least ${shortestPassword} characters.`,
    };
  if (length > longestPassword)
    return { strength, acceptable: false, advice: `At most ${longestPassword} characters; this one has ${length}.` };
  if (distinct < 5) return { strength: 20, acceptable: true, advice: 'The same few characters again and again.' };
  if (name.length > 2 && password.toLowerCase().includes(name.toLowerCase()))
    return { strength: Math.min(strength, 50), acceptable: true, advice: 'It holds your name.' };
  if (common.test(password))
    return { strength: Math.min(strength, 50), acceptable: true, advice: 'It holds something that is tried first.' };
  return {
    strength,
    acceptable: true,
    advice: strength < 70 ? 'Good. Another word would make it better.' : 'Strong.',
  };
}
