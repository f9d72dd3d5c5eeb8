import ArgumentParser
@main struct Stub: ParsableCommand { func run() {} }
