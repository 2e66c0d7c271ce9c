/**
 * Light or dark, as the system says: canvases have to be drawn again when it changes.
 */
import { useEffect, useState } from "preact/hooks";

export function useTheme(): "light" | "dark" {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const listen = () => setDark(query.matches);
    query.addEventListener("change", listen);
    return () => query.removeEventListener("change", listen);
  }, [query.matches]);
  return dark ? "dark" : "light";
}
