"""What is reported of each endpoint."""

from parsing import Request


class Collected:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.malformed = 0

    def add(self, request: Request | None) -> None:
        if request is None:
            self.malformed += 1
        else:
            self.requests.append(request)

    def report(self, percentiles: list[int]) -> list[list[object]]:
        endpoints: list[tuple[str, str]] = []
        for request in self.requests:
            if (request.method, request.route) not in endpoints:
                endpoints.append((request.method, request.route))
        rows: list[list[object]] = [self.row(method, route, percentiles) for method, route in endpoints]
        return sorted(rows, key=lambda row: (-int(str(row[2])), str(row[0]), str(row[1])))

    def row(self, method: str, route: str, percentiles: list[int]) -> list[object]:
        mine = [request for request in self.requests if request.method == method and request.route == route]
        clients: list[str] = []
        for request in mine:
            if request.client not in clients:
                clients.append(request.client)
        errors = len([request for request in mine if 500 <= request.status <= 599])
        size = sum(request.size for request in mine)
        times = [percentile(mine, share) for share in percentiles]
        return [method, route, len(mine), len(clients), errors, size, *times]


def percentile(requests: list[Request], share: int) -> int:
    times = sorted(request.milliseconds for request in requests)
    for time in times:
        if 100 * len([other for other in times if other <= time]) >= share * len(times):
            return time
    return times[-1]
