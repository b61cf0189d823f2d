/** Entry of the worker through which all tabs reach the one tab that keeps a notebook's LiveStore. */
import '@livestore/adapter-web/shared-worker'
