// Headers that keep the viewer to itself: scripts, styles and pictures only from this server.

import helmet from "helmet";
import type { RequestHandler } from "express";

/** helmet with a policy that fits a viewer of plain ES modules, blob: pictures and a WebSocket to its own host. */
export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        // Safari before 15.4 does not count ws: of the same host as 'self', so the host is named.
        "connect-src": ["'self'", (req) => socketSources(req.headers.host)],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
      },
    },
    referrerPolicy: { policy: "no-referrer" },
    // Browsers would remember it past a change back to plain HTTP; a proxy that owns the name adds this header.
    strictTransportSecurity: false,
  });
}

function socketSources(host: string | undefined): string {
  return host !== undefined && /^[a-z0-9.\-[\]:]+$/i.test(host) ? `ws://${host} wss://${host}` : "'self'";
}
