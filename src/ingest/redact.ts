// Credentials never leave this module: not in logs, not in messages. They hide in URLs, as user info and as query values.

const placeholder = "***";

/** An address without user info and without query values. Text that is no URL comes back unchanged. */
export function redactUrl(url: string): string {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0];
  if (scheme === undefined) return url;
  const rest = url.slice(scheme.length);
  // a password may hold any character unescaped, even a slash: then everything up to the last @ goes
  const authorityEnd = rest.search(/[/?#]/);
  const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
  const cut = authority.includes("@") || URL.canParse(url) ? authority.lastIndexOf("@") : rest.lastIndexOf("@");
  const shown = cut < 0 ? rest : `${placeholder}@${rest.slice(cut + 1)}`;
  return scheme + redactQuery(shown);
}

function redactQuery(text: string): string {
  const at = text.indexOf("?");
  if (at < 0) return text;
  return text.slice(0, at) + text.slice(at).replace(/([?&;][^=&;#\s]*=)[^&;#\s]*/g, `$1${placeholder}`);
}

/**
 * A function that takes the credentials of one address out of any text, in every spelling FFmpeg might print:
 * as typed, percent-decoded, percent-encoded; and out of any other URL in the text.
 */
export function createRedactor(url: string): (text: string) => string {
  const secrets = secretsOf(url);
  return (text) => {
    let out = text.replaceAll(url, redactUrl(url));
    out = out.replace(/[a-z][a-z0-9+.-]*:\/\/[^\s'"<>]+/gi, (found) => redactUrl(found));
    for (const secret of secrets) out = out.replaceAll(secret, placeholder);
    return out;
  };
}

function secretsOf(url: string): string[] {
  const userInfo = /^[a-z][a-z0-9+.-]*:\/\/(.*)@/i.exec(url)?.[1];
  const query = /^[a-z][a-z0-9+.-]*:\/\/[^?#]*\?([^#]*)/i.exec(url)?.[1];
  const found: string[] = [];
  if (userInfo !== undefined) found.push(userInfo, userInfo.slice(userInfo.indexOf(":") + 1));
  for (const pair of query?.split(/[&;]/) ?? []) found.push(pair.slice(pair.indexOf("=") + 1));
  const spelled = found.flatMap((s) => [s, decoded(s), encodeURIComponent(decoded(s))]);
  // very short values (`?on=1`) would blank half of every message; the URL rules above still catch them inside URLs
  return [...new Set(spelled)].filter((s) => s.length >= 4).toSorted((a, b) => b.length - a.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-encoded after all
  }
}
