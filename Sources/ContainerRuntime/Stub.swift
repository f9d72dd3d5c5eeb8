import GRPCCore
import GRPCNIOTransportHTTP2Posix
enum Stub {}
