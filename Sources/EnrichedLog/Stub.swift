import BasicContainers
enum Stub {}
