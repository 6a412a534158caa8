import Glibc

/// The figures of the process itself, under the names that Prometheus' own clients use.
extension MetricsRegistry {
    /// Adds memory, processor time, descriptors and threads, read from the kernel whenever somebody asks.
    public func addProcessReadings() {
        addReading("process_resident_memory_bytes", .gauge) {
            Double(ProcessFigures.field(1, of: "/proc/self/statm") ?? 0) * Double(sysconf(Int32(_SC_PAGESIZE)))
        }
        addReading("process_cpu_seconds_total", .counter) { ProcessFigures.cpuSeconds() }
        addReading("process_open_fds", .gauge) { Double(ProcessFigures.openDescriptors()) }
        addReading("process_max_fds", .gauge) { ProcessFigures.descriptorLimit() }
        let start = ProcessFigures.now()
        addReading("process_start_time_seconds", .gauge) { start }
        addReading("process_threads", .gauge) { Double(ProcessFigures.threads()) }
    }
}

/// What the kernel says of this process (proc(5), getrusage(2)).
private enum ProcessFigures {
    static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    /// Seconds since 1970. Taken when the process begins to count: nearer than the kernel's ticks since the boot.
    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + (Double(time.tv_nsec) / 1e6).rounded() / 1e3
    }

    /// Without the one that this look itself needs.
    static func openDescriptors() -> Int { entries(of: "/proc/self/fd") - 1 }

    static func threads() -> Int { entries(of: "/proc/self/task") }

    static func descriptorLimit() -> Double {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(7), &limit)
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    /// A number of a small file, counted from 0.
    static func field(_ index: Int, of path: String) -> Int? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        let words = bytes[..<count].split(separator: UInt8(ascii: " "))
        return words.count > index ? Int(String(decoding: words[index], as: UTF8.self)) : nil
    }

    private static func entries(of path: String) -> Int {
        guard let directory = opendir(path) else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }
}
