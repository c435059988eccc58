/** Reads a body to its end, or its error. */
export async function readToEnd(response: Response): Promise<{ text: string; error?: unknown }> {
  let text = '';
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
    }
    return { text };
  } catch (error) {
    return { text, error };
  }
}
