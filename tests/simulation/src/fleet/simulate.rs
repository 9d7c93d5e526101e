//! The loop: one event after the other, at virtual time.

use std::future::Future;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::task::Context;
use std::time::Duration;

use descope_core::{Config, Failure, FailureKind, Flight, Now, Outgoing, Reply, TokenLimits};
use fastrand::Rng;

use super::event::{Agenda, Event};
use super::landings::Landings;
use super::member::{self, Member};
use super::rules::{self, Ending};
use super::service::Service;
use super::worker::{Answered, Doing, Worker};
use super::{Ask, Happening, Job, RequestKind, Run, Scenario, Second};
use crate::{OnReply, OnWake, Task};

/// How many broken rules are told.
const TOLD: usize = 20;

/// Runs a scenario. The same arguments give the same run.
#[must_use]
pub fn simulate(scenario: &Scenario, processes: usize, seed: u64) -> Run {
    let mut fleet = Fleet::new(scenario, processes, seed);
    while let Some((at, event)) = fleet.agenda.next_before(scenario.duration) {
        let passed = at - fleet.elapsed();
        fleet.service.world.pass(passed);
        fleet.handle(event);
        fleet.wake_the_woken();
    }
    fleet.finish()
}

struct Fleet<'a> {
    scenario: &'a Scenario,
    service: Service,
    config: Config,
    random: Rng,
    members: Vec<Member>,
    workers: Vec<Worker>,
    agenda: Agenda,
    landings: Landings,
    digest: DefaultHasher,
    run: Run,
}

impl<'a> Fleet<'a> {
    fn new(scenario: &'a Scenario, processes: usize, seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        let service = Service::new(scenario, processes, random.fork());
        let mut config = service.world.config();
        if !scenario.memory {
            config = config.limits(member::forget);
        }
        let config = config.build().expect("it is the emulator's");
        let mut fleet = Self {
            run: Run {
                scenario: scenario.clone(),
                processes,
                seconds: vec![Second::default(); scenario.duration.as_secs() as usize],
                requests: Vec::new(),
                busiest_minutes: Vec::new(),
                waits: Vec::new(),
                within_cooldown: 0,
                broken: Vec::new(),
                digest: 0,
            },
            scenario,
            service,
            config,
            random,
            members: Vec::new(),
            workers: Vec::new(),
            agenda: Agenda::default(),
            landings: Landings::default(),
            digest: DefaultHasher::new(),
        };
        for (at, happening) in &scenario.happenings {
            fleet.agenda.add(*at, Event::Happening(*happening));
        }
        for number in 0..processes {
            let member = fleet.new_member();
            fleet.members.push(member);
            for job in &scenario.crews[number % scenario.crews.len()] {
                fleet.workers.push(Worker::new(number, *job));
                let start = scenario.start_within.mul_f64(fleet.random.f64());
                fleet.wake_after(fleet.workers.len() - 1, start);
            }
        }
        fleet.run.waits = vec![None; fleet.workers.len()];
        fleet
    }

    fn new_member(&mut self) -> Member {
        let mut entropy = [0; 32];
        self.random.fill(&mut entropy);
        Member::new(self.config.clone(), entropy, TokenLimits::default())
    }

    fn elapsed(&self) -> Duration {
        self.service.world.elapsed()
    }

    /// What the clocks of a worker's process show.
    fn now(&self, worker: usize) -> Now {
        self.members[self.workers[worker].member].now(&self.service.world)
    }

    fn second(&mut self) -> &mut Second {
        let second = self.elapsed().as_secs() as usize;
        &mut self.run.seconds[second]
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Happening(happening) => self.happen(happening),
            Event::Arrival { worker, ticket, outgoing } => {
                if let Some((reply, later)) = self.service.deal_with(*outgoing, self.scenario) {
                    let reply = Box::new(reply);
                    let at = self.elapsed() + later + self.scenario.latency / 2;
                    self.agenda.add(at, Event::Reply { worker, ticket, reply });
                }
            }
            Event::Wake { worker, ticket, due } if self.is_awaited(worker, ticket) => {
                match self.time_left(worker, due) {
                    Some(at) => self.agenda.add(at, Event::Wake { worker, ticket, due }),
                    None => self.wake(worker),
                }
            }
            Event::GiveUp { worker, ticket, due } if self.is_awaited(worker, ticket) => {
                match self.time_left(worker, due) {
                    Some(at) => self.agenda.add(at, Event::GiveUp { worker, ticket, due }),
                    None => self.reply(worker, Err(Failure::new(FailureKind::Timeout))),
                }
            }
            Event::Reply { worker, ticket, reply } if self.is_awaited(worker, ticket) => {
                match self.suspended_until(worker) {
                    // Its connection does not outlive the suspension.
                    Some(until) => {
                        let reply = Box::new(Err(Failure::new(FailureKind::Closed)));
                        self.agenda.add(until, Event::Reply { worker, ticket, reply });
                    }
                    None => self.reply(worker, *reply),
                }
            }
            // It goes on without that.
            Event::Wake { .. } | Event::GiveUp { .. } | Event::Reply { .. } => {}
        }
    }

    fn is_awaited(&self, worker: usize, ticket: u64) -> bool {
        self.workers[worker].ticket == ticket
    }

    fn suspended_until(&mut self, worker: usize) -> Option<Duration> {
        let elapsed = self.elapsed();
        self.members[self.workers[worker].member].suspended_until(elapsed)
    }

    /// When to look again, where the process is suspended or its monotonic clock stood meanwhile.
    fn time_left(&mut self, worker: usize, due: Duration) -> Option<Duration> {
        if let Some(until) = self.suspended_until(worker) {
            return Some(until);
        }
        let left = due.saturating_sub(self.now(worker).monotonic());
        (!left.is_zero()).then(|| self.elapsed() + left)
    }

    /// Has a worker go on after this time.
    fn wake_after(&mut self, worker: usize, delay: Duration) {
        let (at, due) = (self.elapsed() + delay, self.now(worker).monotonic() + delay);
        let ticket = self.workers[worker].ticket;
        self.agenda.add(at, Event::Wake { worker, ticket, due });
    }

    fn wake(&mut self, worker: usize) {
        let now = self.now(worker);
        let state = &mut self.workers[worker];
        let task = match mem::replace(&mut state.doing, Doing::Nothing) {
            Doing::Sleeping(on_wake) | Doing::AwaitingFlight(on_wake, _) => on_wake(now),
            Doing::Nothing => {
                let member = &self.members[state.member];
                state.begin(worker, member, &mut self.service, now)
            }
            Doing::AwaitingReply(..) => unreachable!("a reply or its timeout wakes it"),
        };
        self.go_on(worker, task);
    }

    fn reply(&mut self, worker: usize, reply: Reply) {
        let (now, elapsed) = (self.now(worker), self.elapsed());
        let state = &mut self.workers[worker];
        let Doing::AwaitingReply(kind, on_reply) = mem::replace(&mut state.doing, Doing::Nothing)
        else {
            unreachable!("it awaits a reply");
        };
        if let Ok(answer) = &reply {
            self.members[state.member].heed(kind, answer, elapsed);
        }
        let task = on_reply(reply, now);
        self.go_on(worker, task);
    }

    fn go_on(&mut self, worker: usize, task: Task<Answered>) {
        self.workers[worker].ticket += 1;
        self.workers[worker].steps += u64::from(!matches!(task, Task::Done(_)));
        match task {
            Task::Send(outgoing, on_reply) => self.send(worker, outgoing, on_reply),
            Task::Sleep(delay, on_wake) => {
                self.workers[worker].doing = Doing::Sleeping(on_wake);
                self.wake_after(worker, delay);
            }
            Task::Wait(flight, limit, on_wake) => self.wait(worker, flight, limit, on_wake),
            Task::Done(answered) => {
                self.note(worker, answered);
                self.wake_after(worker, self.workers[worker].job.every);
            }
        }
    }

    fn send(&mut self, worker: usize, outgoing: Outgoing, on_reply: OnReply<Answered>) {
        let (elapsed, kind) = (self.elapsed(), RequestKind::of(&outgoing));
        let Worker { member: number, ticket, .. } = self.workers[worker];
        let member = &mut self.members[number];
        member.count(kind, elapsed);
        (elapsed, number, kind as usize).hash(&mut self.digest);
        let early = member.cooldown(kind).saturating_sub(elapsed);
        let dead = member.dead_connections > 0 && !outgoing.fresh_connection;
        member.dead_connections -= usize::from(dead);
        self.second().requests[kind as usize] += 1;
        if !early.is_zero() {
            self.run.within_cooldown += 1;
            if self.scenario.memory {
                self.tell(format!("{number} sends {kind:?} {early:?} before its cooldown is over"));
            }
        }
        let due = self.now(worker).monotonic() + outgoing.timeout;
        self.agenda.add(elapsed + outgoing.timeout, Event::GiveUp { worker, ticket, due });
        if dead {
            let reply = Box::new(Err(Failure::new(FailureKind::Closed)));
            self.agenda.add(elapsed, Event::Reply { worker, ticket, reply });
        } else {
            let outgoing = Box::new(outgoing);
            let at = elapsed + self.scenario.latency / 2;
            self.agenda.add(at, Event::Arrival { worker, ticket, outgoing });
        }
        self.workers[worker].doing = Doing::AwaitingReply(kind, on_reply);
    }

    fn wait(&mut self, worker: usize, flight: Flight, limit: Duration, on_wake: OnWake<Answered>) {
        let waker = self.landings.waker(worker);
        let mut flight = Box::pin(flight);
        let landed = flight.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        self.workers[worker].doing = Doing::AwaitingFlight(on_wake, flight);
        self.wake_after(worker, if landed { Duration::ZERO } else { limit });
    }

    /// Has those go on whose flight has landed, and those whose flight lands thereby.
    fn wake_the_woken(&mut self) {
        loop {
            let woken = self.landings.take();
            if woken.is_empty() {
                return;
            }
            for worker in woken {
                if matches!(self.workers[worker].doing, Doing::AwaitingFlight(..)) {
                    self.wake(worker);
                }
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        self.service.happen(happening);
        let elapsed = self.elapsed();
        match happening {
            Happening::Suspend(one_in, time) => {
                self.members.iter_mut().step_by(one_in).for_each(|it| it.suspend(elapsed, time));
            }
            Happening::ConnectionsDie(count) => {
                self.members.iter_mut().for_each(|member| member.dead_connections = count);
            }
            Happening::Restart(one_in) => {
                for number in (0..self.members.len()).step_by(one_in) {
                    let new = self.new_member();
                    self.members[number].restart(new);
                }
                for worker in 0..self.workers.len() {
                    if self.workers[worker].member % one_in == 0 {
                        self.workers[worker].doing = Doing::Nothing;
                        self.workers[worker].ticket += 1;
                        self.wake_after(worker, Duration::ZERO);
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes note of what an ask ended in, and holds it to the rules.
    fn note(&mut self, worker: usize, answered: Answered) {
        let (now, elapsed) = (self.now(worker), self.elapsed());
        let state = &mut self.workers[worker];
        state.keep(&answered);
        let job = state.job;
        let ending = Ending { worker: state, answered: &answered, now, elapsed };
        if let Some(broken) = rules::broken(&ending, self.service.first_key_retired) {
            self.tell(broken);
        }
        let misjudged = rules::is_misjudged(job.ask, &answered);
        let second = self.second();
        second.misjudged += u32::from(misjudged);
        match answered {
            Ok(_) => second.served[job.ask as usize] += 1,
            Err(_) if job.deadline.is_some() => second.hurried += 1,
            Err(_) => second.refused[job.ask as usize] += 1,
        }
        if answered.is_ok() && elapsed >= self.scenario.over {
            self.run.waits[worker].get_or_insert(elapsed - self.scenario.over);
        }
    }

    fn tell(&mut self, broken: String) {
        if self.run.broken.len() < TOLD {
            let at = self.elapsed();
            self.run.broken.push(format!("after {at:?}: {broken}"));
        }
    }

    fn finish(mut self) -> Run {
        for id in self.service.carried_out_twice() {
            self.run.broken.push(format!("request {id} was carried out twice"));
        }
        for name in self.service.names_twice() {
            self.run.broken.push(format!("one create made two keys named {name}"));
        }
        let can_be_served = |worker: &Worker| {
            let Job { ask, deadline, .. } = worker.job;
            !matches!(ask, Ask::ValidateForged | Ask::ValidateStolen) && deadline.is_none()
        };
        let mut workers = self.workers.iter();
        self.run.waits.retain(|_| workers.next().is_some_and(can_be_served));
        self.run.requests = self.members.iter().map(|member| member.requests).collect();
        self.run.busiest_minutes =
            self.members.iter().map(|member| member.busiest_minute).collect();
        self.run.digest = self.digest.finish();
        self.run
    }
}
