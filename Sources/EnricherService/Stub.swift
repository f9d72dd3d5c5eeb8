import Configuration
import Logging
import ServiceLifecycle
enum Stub {}
