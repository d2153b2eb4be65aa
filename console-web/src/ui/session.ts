// Who is signed in, for every page below the door.
import { createContext, useContext } from "react";
import type { Permission, Session } from "../api/client";

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("a page was shown without a session");
  return session;
}

/** May the signed-in person do that? The server checks again. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
