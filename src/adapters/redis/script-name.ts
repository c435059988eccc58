const names = new Map<string, Promise<string>>();

/** The name by which Redis remembers a script: the SHA-1 of its text, worked out once. */
export function scriptName(text: string): Promise<string> {
  let name = names.get(text);
  if (name === undefined) names.set(text, (name = sha1Of(text)));
  return name;
}

async function sha1Of(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
